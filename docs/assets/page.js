// What every page does: the light and dark switch, keyboard reach for what
// scrolls, the present heading in the list of headings, and opened
// details on paper. Classic scripts, since modules do not load from file://;
// a block keeps their names out of the global scope.
"use strict";
{
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");

  /** @returns {"light" | "dark"} the scheme that the reader sees now */
  const scheme = () =>
    /** @type {any} */ (root.dataset.scheme) ?? (dark.matches ? "dark" : "light");

  const other = () => (scheme() === "dark" ? "light" : "dark");

  /** Keep the choice, or forget it where it is what the system says anyway. */
  function choose(/** @type {"light" | "dark"} */ wanted) {
    const system = dark.matches ? "dark" : "light";
    if (wanted === system) delete root.dataset.scheme;
    else root.dataset.scheme = wanted;
    try {
      if (wanted === system) localStorage.removeItem("scheme");
      else localStorage.setItem("scheme", wanted);
    } catch {
      // No storage here: the choice lasts as long as the page.
    }
  }

  for (const button of document.querySelectorAll("[data-scheme-switch]")) {
    const name = () => {
      button.textContent = other() === "dark" ? "Dark" : "Light";
    };
    button.addEventListener("click", () => {
      choose(other());
      name();
    });
    dark.addEventListener("change", name);
    name();
  }

  // Tables scroll in a frame of their own; an empty corner is no heading.
  for (const table of document.querySelectorAll(".text table")) {
    if (table.closest(".table, figure")) continue;
    const frame = document.createElement("div");
    frame.className = "table";
    table.replaceWith(frame);
    frame.append(table);
    for (const corner of table.querySelectorAll("th:empty")) {
      corner.replaceWith(document.createElement("td"));
    }
  }

  // What scrolls can be reached and scrolled with the keyboard; a table that has
  // to scroll anyway takes the width that its sentences need.
  function fit(/** @type {Element} */ box) {
    const wide = () => box.scrollWidth > box.clientWidth;
    box.classList.remove("spread");
    box.classList.toggle("spread", box.matches(".table") && wide());
    if (wide() || box.scrollHeight > box.clientHeight) box.setAttribute("tabindex", "0");
    else box.removeAttribute("tabindex");
  }
  const reach = new ResizeObserver((changes) => {
    requestAnimationFrame(() => changes.forEach(({ target }) => fit(target)));
  });
  const scrolling = ".text :is(pre, .table, .figure-scroll, math[display='block'])";
  for (const box of document.querySelectorAll(scrolling)) {
    box.setAttribute("tabindex", "0"); // what is folded away is measured later
    reach.observe(box);
  }

  const links = new Map();
  for (const link of document.querySelectorAll(".toc a")) {
    const id = decodeURIComponent(/** @type {HTMLAnchorElement} */ (link).hash.slice(1));
    const heading = document.getElementById(id);
    if (heading) links.set(heading, link);
  }
  const seen = new IntersectionObserver(
    () => {
      const line = innerHeight * 0.3;
      const above = [...links.keys()].filter((h) => h.getBoundingClientRect().top < line);
      for (const link of links.values()) link.removeAttribute("aria-current");
      links.get(above.at(-1))?.setAttribute("aria-current", "true");
    },
    { rootMargin: "0px 0px -70% 0px" },
  );
  for (const heading of links.keys()) seen.observe(heading);

  // On paper nothing stays folded, except what is meant to be asked first.
  addEventListener("beforeprint", () => {
    for (const fold of document.querySelectorAll("details:not(.figure-code, .figure-data)")) {
      fold.setAttribute("open", "");
    }
  });
}
