// Starts what every page has: colours, moments, pictures that fail quietly, the navigation in view.
import { startTheme } from "./theme.js";
import { startTimes } from "./times.js";

startTheme();
startTimes();
document.querySelector("nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
document.addEventListener("error", hideBroken, true);
document.querySelectorAll("img").forEach((image) => {
  if (image.complete && image.currentSrc && !image.naturalWidth) image.hidden = true;
});

/** A picture that is not there leaves its designed placeholder to be seen. */
function hideBroken(event) {
  if (event.target instanceof HTMLImageElement) event.target.hidden = true;
}
