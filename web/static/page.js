// Starts what every page has: colours, times, placeholders of missing pictures, the navigation in view.
import { startTheme } from "./theme.js";
import { startTimes } from "./times.js";

startTheme();
startTimes();
document.querySelector("nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
document.addEventListener("error", hideBroken, true);
document.querySelectorAll("img").forEach((image) => {
  if (image.complete && image.currentSrc && !image.naturalWidth) image.hidden = true;
});

/** Hides a missing picture, so that its placeholder shows. */
function hideBroken(event) {
  if (event.target instanceof HTMLImageElement) event.target.hidden = true;
}
