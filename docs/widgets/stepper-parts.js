/**
 * What a <time-stepper> is drawn with: elements, words, bars, tables of values.
 *
 * Rows are kept, and only what changed is drawn again. What changed since the
 * step shown before is marked by a sign and a colour. Lists of numbers are drawn
 * as bars: forward colour up, backward colour down, shares in theirs.
 * A classic script, loaded after time-stepper.js, which it gives its parts to.
 */
"use strict";
{
  const SVG = "http://www.w3.org/2000/svg";
  const NUMBERS = /^\[-?[\d.e+-]+(, -?[\d.e+-]+){2,}\]$/;

  /** @returns {any} an element with a class, and text or children in it */
  function make(/** @type {string} */ tag, name = "", ...inside) {
    const element = document.createElement(tag);
    if (name) element.className = name;
    element.append(...inside);
    return element;
  }

  /** @returns {Node[]} words in which `code` stands between backticks */
  function words(/** @type {string} */ text) {
    return text
      .split("`")
      .map((part, place) => (place % 2 ? make("code", "", part) : document.createTextNode(part)));
  }

  /** @returns {SVGElement | string} bars for a list of numbers */
  function bars(/** @type {string} */ text) {
    if (!NUMBERS.test(text)) return "";
    const numbers = /** @type {number[]} */ (JSON.parse(text));
    if (numbers.every(Number.isInteger)) return ""; // ids, not sizes
    const sum = numbers.reduce((all, number) => all + number, 0);
    const isShare = Math.min(...numbers) >= 0 && Math.abs(sum - 1) < 0.02;
    const most = Math.max(...numbers.map(Math.abs)) || 1;
    const low = Math.min(0, ...numbers) / most;
    const high = Math.max(0, ...numbers) / most;
    const unit = 14 / (high - low || 1);
    const svg = document.createElementNS(SVG, "svg");
    const size = { class: "stepper-bars", width: numbers.length * 6, height: 16 };
    for (const [key, value] of Object.entries(size)) svg.setAttribute(key, String(value));
    svg.setAttribute("aria-hidden", "true");
    numbers.forEach((number, place) => {
      const tall = Math.max(1, Math.abs(number / most) * unit);
      const base = 1 + high * unit;
      const bar = document.createElementNS(SVG, "rect");
      const box = { x: place * 6, y: number < 0 ? base : base - tall, width: 5, height: tall };
      for (const [key, value] of Object.entries(box)) bar.setAttribute(key, String(value));
      bar.setAttribute("class", number < 0 ? "minus" : isShare ? "share" : "plus");
      svg.append(bar);
    });
    return svg;
  }

  /** A table of names and values whose rows are kept from step to step. */
  class Values {
    constructor(/** @type {string} */ caption, /** @type {(row: any) => void} */ follow) {
      this.body = make("tbody");
      this.table = make("table", "stepper-values", make("caption", "", caption), this.body);
      this.follow = follow;
      /** @type {any[]} */
      this.rows = [];
    }

    /** @returns {any} the row at a place, made when it is first needed */
    row(/** @type {number} */ place) {
      if (this.rows[place]) return this.rows[place];
      const name = make("th");
      name.scope = "row";
      const value = make("td");
      const button = make("button", "stepper-change", "next ›");
      button.type = "button";
      const element = make("tr", "", name, value, make("td", "", button));
      const row = { element, name, value, button, shown: "", of: "", line: null };
      button.addEventListener("click", () => this.follow(row.line));
      this.rows[place] = row;
      this.body.append(element);
      return row;
    }

    /** Show lines; `of` says whose they are: a value is not compared across owners. */
    draw(
      /** @type {any[]} */ lines,
      /** @type {(line: any) => string | null} */ at,
      /** @type {string} */ of,
      /** @type {(line: any) => boolean} */ changes,
    ) {
      /** @type {string[]} */
      const changed = [];
      const live = lines.map((line) => ({ line, text: at(line) }));
      live.forEach(({ line, text }, place) => {
        const row = this.row(place);
        const same = row.of === of + line.name;
        const shown = text ?? "—";
        const isNew = same && row.shown !== shown;
        row.element.hidden = false;
        row.button.classList.toggle("never", !changes(line));
        row.line = line;
        if (!same) {
          row.name.textContent = line.name;
          row.button.setAttribute("aria-label", `next change of ${line.name}`);
        }
        if (!same || isNew) row.value.replaceChildren(shown, " ", bars(shown));
        row.value.classList.toggle("changed", isNew);
        if (isNew) changed.push(`${line.name} ${shown}`);
        Object.assign(row, { shown, of: of + line.name });
      });
      for (const row of this.rows.slice(live.length)) {
        row.element.hidden = true;
        row.of = "";
      }
      return changed;
    }
  }

  /** @type {any} */ (customElements.get("time-stepper")).parts = { make, words, Values };
}
