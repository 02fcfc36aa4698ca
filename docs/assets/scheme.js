// Runs before the first paint: takes up the reader's light or dark choice.
"use strict";
{
  const root = document.documentElement;
  root.classList.add("script");
  try {
    const chosen = localStorage.getItem("scheme");
    if (chosen === "light" || chosen === "dark") root.dataset.scheme = chosen;
  } catch {
    // No storage here: the system's scheme stands.
  }
}
