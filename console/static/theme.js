"use strict";
// Chooses light or dark before the first paint: Tabler's dark colours follow data-bs-theme alone.
(() => {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const stored = () => {
    try {
      return localStorage.getItem("theme") || "";
    } catch {
      return ""; // a browser that keeps nothing for this page
    }
  };
  const apply = (chosen) => {
    document.documentElement.dataset.bsTheme = chosen || (system.matches ? "dark" : "light");
  };
  apply(stored());
  // without a script the buttons would do nothing: they are hidden until here
  document.addEventListener("DOMContentLoaded", () => {
    for (const themes of document.querySelectorAll(".themes")) themes.hidden = false;
  });
  system.addEventListener("change", () => apply(stored()));
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-theme-choice]");
    if (!button) return;
    try {
      localStorage.setItem("theme", button.dataset.themeChoice);
    } catch {
      // the choice holds for this page
    }
    apply(button.dataset.themeChoice);
  });
})();
