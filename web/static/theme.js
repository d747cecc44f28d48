// Owns the switch between the system's, light and dark colours.
const ORDER = ["system", "light", "dark"];
const NAMES = { system: "System", light: "Light", dark: "Dark" };

/** Makes the page's toggle work and show the current choice. */
export function startTheme() {
  const toggle = document.querySelector("[data-theme-toggle]");
  if (!toggle) return;
  toggle.hidden = false;
  show(toggle, document.documentElement.dataset.theme ?? "system");
  toggle.addEventListener("click", () => {
    const now = document.documentElement.dataset.theme ?? "system";
    choose(toggle, ORDER[(ORDER.indexOf(now) + 1) % ORDER.length]);
  });
}

function choose(toggle, theme) {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  try {
    localStorage.setItem("theme", theme);
  } catch { /* not stored, but it applies to this page */ }
  show(toggle, theme);
}

function show(toggle, theme) {
  toggle.querySelector("[data-theme-name]").textContent = NAMES[theme];
  toggle.setAttribute("aria-label", `Colours: ${NAMES[theme].toLowerCase()}`);
}
