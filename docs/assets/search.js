// Search in the page's dialog. The index is a script beside the pages, so that
// it loads from a server and from file:// alike, and only when search opens.
// It leaves one global, `__index`: the sections of all pages.
"use strict";
{
  /**
   * @typedef {{ location: string, title: string, text: string }} Section
   * @typedef {Section & { page: string, low: string, lowTitle: string }} Entry
   */
  const dialog = /** @type {HTMLDialogElement} */ (document.getElementById("search"));
  const input = /** @type {HTMLInputElement} */ (dialog.querySelector("input"));
  const state = /** @type {HTMLElement} */ (dialog.querySelector("[role=status]"));
  const found = /** @type {HTMLElement} */ (dialog.querySelector("ol"));
  const most = 20;

  /** @type {Promise<Entry[]> | undefined} */
  let entries;

  /** Fetch the index once; a failure is said and may be tried again. */
  function load() {
    entries ??= new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = /** @type {string} */ (dialog.dataset.index);
      script.onload = () => resolve(prepare(/** @type {any} */ (globalThis).__index.docs));
      script.onerror = () => {
        entries = undefined;
        script.remove();
        reject(new Error("The search index could not be loaded."));
      };
      document.head.append(script);
    });
    return entries;
  }

  /** @param {Section[]} docs @returns {Entry[]} plain text, ready to compare */
  function prepare(docs) {
    const parser = new DOMParser();
    const plain = (/** @type {string} */ html) =>
      parser.parseFromString(html, "text/html").body.textContent.replace(/\s+/g, " ").trim();
    let page = "";
    return docs.map((doc) => {
      const [title, text] = [plain(doc.title), plain(doc.text)];
      if (!doc.location.includes("#")) page = title;
      return { ...doc, title, text, page, low: text.toLowerCase(), lowTitle: title.toLowerCase() };
    });
  }

  /** @param {string} words @returns {string[]} what to look for, plurals cut */
  const termsOf = (words) =>
    (words.toLowerCase().match(/[\p{L}\p{N}_]+/gu) ?? []).map((word) =>
      word.length > 3 ? word.replace(/s$/, "") : word,
    );

  /** @returns {number} where a word that starts so begins in the text, or -1 */
  function starts(/** @type {string} */ text, /** @type {string} */ term) {
    for (let at = text.indexOf(term); at >= 0; at = text.indexOf(term, at + 1)) {
      if (at === 0 || !/[\p{L}\p{N}]/u.test(text[at - 1])) return at;
    }
    return -1;
  }

  /** @returns {number} how well a section answers; 0 where a term is missing */
  function score(/** @type {Entry} */ entry, /** @type {string[]} */ terms) {
    let sum = 0;
    for (const term of terms) {
      const inTitle = starts(entry.lowTitle, term) >= 0;
      const often = starts(entry.low, term) < 0 ? 0 : entry.low.split(term).length - 1;
      if (!inTitle && !often) return 0;
      if (inTitle) sum += entry.location.includes("#") ? 20 : 30;
      sum += Math.min(often, 8);
    }
    return sum;
  }

  /** @returns {Node[]} the text with the terms marked */
  function marked(/** @type {string} */ text, /** @type {string[]} */ terms) {
    const pattern = new RegExp(`(?<![\\p{L}\\p{N}])(${terms.join("|")})`, "giu");
    return text.split(pattern).map((part, index) => {
      if (index % 2 === 0) return document.createTextNode(part);
      const mark = document.createElement("mark");
      mark.textContent = part;
      return mark;
    });
  }

  /** @returns {string} about 150 characters around the first hit */
  function excerpt(/** @type {Entry} */ entry, /** @type {string[]} */ terms) {
    const hits = terms.map((term) => starts(entry.low, term)).filter((at) => at >= 0);
    const hit = hits.length ? Math.min(...hits) : 0;
    const from = hit < 60 ? 0 : entry.text.lastIndexOf(" ", hit - 45) + 1;
    const piece = entry.text.slice(from, from + 150);
    return `${from ? "… " : ""}${piece}${from + 150 < entry.text.length ? " …" : ""}`;
  }

  /** @returns {HTMLElement} one result: a link, its page, and an excerpt */
  function result(/** @type {Entry} */ entry, /** @type {string[]} */ terms) {
    const item = document.createElement("li");
    const link = document.createElement("a");
    link.href = `${dialog.dataset.base}/${entry.location}`;
    link.append(...marked(entry.title, terms));
    const where = document.createElement("span");
    where.className = "search-page";
    where.textContent = entry.page === entry.title ? "" : entry.page;
    const words = document.createElement("p");
    words.append(...marked(excerpt(entry, terms), terms));
    item.append(link, where, words);
    return item;
  }

  async function show() {
    const words = input.value;
    const terms = termsOf(words);
    if (!terms.length) {
      found.replaceChildren();
      state.textContent = "";
      return;
    }
    try {
      const all = await load();
      if (input.value !== words) return;
      const hits = all
        .map((entry) => ({ entry, points: score(entry, terms) }))
        .filter(({ points }) => points > 0)
        .sort((a, b) => b.points - a.points);
      found.replaceChildren(...hits.slice(0, most).map(({ entry }) => result(entry, terms)));
      const more = hits.length > most ? `, the best ${most} shown` : "";
      state.textContent =
        hits.length === 1 ? "1 section" : `${hits.length || "No"} sections${more}`;
    } catch (error) {
      state.textContent = /** @type {Error} */ (error).message;
    }
  }

  function open() {
    if (dialog.open) return;
    dialog.showModal();
    input.select();
    load().catch(() => {}); // said when the reader types
  }

  /** Arrow keys walk over the results; Enter in the field takes the first. */
  function walk(/** @type {KeyboardEvent} */ event) {
    const stops = /** @type {HTMLElement[]} */ ([input, ...found.querySelectorAll("a")]);
    const at = stops.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && at >= 0) {
      event.preventDefault();
      stops[Math.max(0, Math.min(stops.length - 1, at + step))].focus();
    }
    if (event.key === "Enter" && at === 0) stops[1]?.click();
  }

  for (const button of document.querySelectorAll("[data-open=search]")) {
    button.addEventListener("click", open);
  }
  dialog.querySelector("[data-close]")?.addEventListener("click", () => dialog.close());
  dialog.addEventListener("keydown", walk);
  dialog.addEventListener("click", (event) => {
    const onLink = /** @type {Element} */ (event.target).closest("a");
    if (onLink || event.target === dialog) dialog.close();
  });
  input.addEventListener("input", show);
  addEventListener("keydown", (event) => {
    const typing = /** @type {Element} */ (event.target).closest?.("input, textarea, select");
    const asked = event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey;
    const command = event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey);
    if (!asked && !command) return;
    event.preventDefault();
    open();
  });
}
