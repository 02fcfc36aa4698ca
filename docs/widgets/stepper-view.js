/**
 * The drawing of a <time-stepper>: source, stack, values, and the questions.
 *
 * Rows and lines are kept and only their text and classes change, so that a
 * reader may drag through ten thousand steps. What changed since the step shown
 * before is marked by a sign and a colour. Lists of numbers are drawn as bars,
 * forward colour up, backward colour down, shares in theirs. A classic script, loaded after
 * time-stepper.js, which it gives its class to.
 */
"use strict";
{
  const SVG = "http://www.w3.org/2000/svg";
  const NUMBERS = /^\[-?[\d.e+-]+(, -?[\d.e+-]+){2,}\]$/;
  const BUTTONS = [
    ["back", "Back", "previous line", "ArrowLeft", "←"],
    ["next", "Next", "next line", "ArrowRight", "→"],
    ["over", "Over", "next line of this function", "F10", "F10"],
    ["into", "Into", "into what is called or folded", "F11", "F11"],
    ["out", "Out", "until this function returns", "Shift+F11", "⇧F11"],
    ["stop-before", "Last stop", "previous moment or breakpoint", "PageUp", "PgUp"],
    ["stop", "Next stop", "next moment or breakpoint", "PageDown", "PgDn"],
  ];

  const HELP =
    "Next stop leads from question to question. Next goes line by line, also into what is " +
    "called; Over stays in this function. Click a line to stop there each time, “next ›” to " +
    "go where a value changes, a name in the call stack to see its variables. The slider " +
    "goes anywhere, past the questions too.";
  /** @type {Record<string, string>} */
  const OPENS = {
    comprehension: "Into shows the list being built.",
    loop: "Into shows the first rounds of this loop.",
  };

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

  class View {
    constructor(/** @type {any} */ owner, /** @type {any} */ recording) {
      this.owner = owner;
      this.recording = recording;
      this.source = -1; // the text that is shown
      this.lines = [];
      this.watch = new Values("Watched", (line) => this.follow(line));
      this.variables = new Values("Variables", (line) => this.follow(line));
      this.root = make("div", "stepper");
      this.root.tabIndex = 0;
      this.root.setAttribute("role", "group");
      this.root.setAttribute("aria-label", `Replay: ${recording.title.replaceAll("`", "")}`);
      this.note = make("div", "stepper-note");
      this.file = make("p", "stepper-file");
      this.code = make("ol", "stepper-code highlight");
      this.stack = make("ol", "stepper-stack");
      this.place = make("output", "stepper-place");
      this.said = make("p", "unseen");
      this.said.setAttribute("role", "status");
      this.range = Object.assign(make("input", "stepper-range"), {
        type: "range",
        min: "0",
        max: String(recording.visible.length - 1),
      });
      this.range.setAttribute("aria-label", "step");
      this.range.addEventListener("input", () => this.scrub());
      this.range.addEventListener("change", () => this.root.focus({ preventScroll: true }));
      const left = make("div", "stepper-left", this.file, this.code);
      const stack = make("div", "", make("p", "label", "Call stack"), this.stack);
      const right = make("div", "stepper-right", this.watch.table, this.variables.table, stack);
      const scrub = make("div", "stepper-scrub", this.range, this.place);
      this.root.append(
        make("div", "stepper-controls", this.bar(), scrub),
        this.note,
        ...this.picture(),
        make("div", "stepper-grid", left, right),
        this.moments(),
        this.said,
      );
    }

    bar() {
      const bar = make("div", "stepper-bar");
      /** @type {Map<string, HTMLElement>} */
      this.buttons = new Map();
      for (const [action, text, title, key, sign] of BUTTONS) {
        const hint = make("kbd", "", sign);
        hint.setAttribute("aria-hidden", "true"); // said by aria-keyshortcuts
        const button = make("button", "", text, hint);
        button.type = "button";
        button.title = title;
        button.setAttribute("aria-keyshortcuts", key);
        button.dataset.action = action;
        button.addEventListener("click", () => this.owner.act(action));
        this.buttons.set(action, button);
        bar.append(button);
      }
      return bar;
    }

    /** The list of moments, each a button that goes there. */
    moments() {
      const list = make("ol", "stepper-moments");
      for (const moment of this.recording.moments) {
        const { name } = this.recording.where(moment.step);
        const button = make("button", "", ...words(moment.say || moment.ask));
        button.type = "button";
        button.addEventListener("click", () => this.owner.show(moment.step));
        list.append(make("li", "", make("code", "", name), " ", button));
      }
      const fold = make("details", "", make("summary", "", "Key moments"), list);
      return fold;
    }

    /** The drawing of a graph, if there is one; its nodes are found by name. */
    picture() {
      const [svg] = this.recording.data.picture;
      if (!svg) return [];
      const frame = make("div", "stepper-picture");
      frame.innerHTML = svg; // drawn by the build
      frame.setAttribute("aria-hidden", "true"); // the tables say the same
      this.frame = frame;
      /** @type {{ box: Element, texts: Element[], node: any }[]} */
      this.drawn = [...frame.querySelectorAll("text.name")].map((name) => {
        const node = this.recording.nodes.find(
          (/** @type {{ name: string }} */ one) => one.name === name.textContent,
        );
        const data = /** @type {Element} */ (name.nextElementSibling);
        const grad = /** @type {Element} */ (data.nextElementSibling);
        const box = /** @type {Element} */ (name.previousElementSibling);
        return { box, texts: [data, grad], node };
      });
      return [frame];
    }

    /** Put into the drawing what its nodes hold; one that is to come is dashed. */
    drawPicture(/** @type {number} */ step) {
      const made = (/** @type {any} */ { node }) => this.recording.at(node.data, step) !== null;
      this.frame?.classList.toggle("unmade", !this.drawn?.every(made));
      for (const { box, texts, node } of this.drawn ?? []) {
        const now = [this.recording.at(node.data, step), this.recording.at(node.grad, step)];
        box.classList.toggle("to-come", now[0] === null);
        const arrow = texts[1].textContent?.[0] === "↑" ? "↑" : "←";
        const words = [now[0] ?? "", now[1] === null ? arrow : `${arrow} ${now[1]}`];
        texts.forEach((text, place) => {
          text.classList.toggle("fresh", this.drawnAt !== undefined && text.textContent !== words[place]);
          if (text.textContent !== words[place]) text.textContent = words[place];
        });
      }
      this.drawnAt = step;
    }

    scrub() {
      if (this.waiting) return;
      this.waiting = requestAnimationFrame(() => {
        this.waiting = 0;
        this.owner.show(this.recording.visible[Number(this.range.value)]);
      });
    }

    follow(/** @type {any} */ line) {
      const { step } = this.owner;
      const target = this.recording.change(line, step);
      if (target > step) this.owner.go(target);
      else this.said.textContent = `${line.name} does not change any more.`;
    }

    /** Show a step, seen from a frame of its stack: 0 is the innermost. */
    draw(/** @type {number} */ step, /** @type {number} */ frame) {
      const { recording } = this;
      const held = this.root.contains(document.activeElement);
      const calls = recording.stack(step);
      const call = calls[frame];
      const here = frame ? recording.lastStep(call, step) : step;
      this.drawSource(here, step, frame);
      this.drawStack(calls, step, frame);
      const at = (/** @type {any} */ line) => recording.at(line, step);
      const changes = (/** @type {any} */ line) => recording.change(line, step) > step;
      const changed = this.watch.draw(recording.watch, at, "", changes);
      const known = recording.variables(call).filter((/** @type {any} */ line) => at(line) !== null);
      changed.push(...this.variables.draw(known, at, `${call} `, changes));
      const rank = recording.rank(step);
      if (this.range !== document.activeElement || Number(this.range.value) !== rank) {
        this.range.value = String(rank);
      }
      const { name, line } = recording.where(here);
      const [now, all] = [rank + 1, recording.visible.length].map((n) => n.toLocaleString("en"));
      const inside = recording.inside(step);
      this.place.textContent = `${now} of ${all}${inside ? `, inside ${inside}` : ""}`;
      for (const [action, button] of this.buttons ?? []) {
        const end = /back|before/.test(action) ? step === 0 : step === recording.count - 1;
        button.setAttribute("aria-disabled", String(end));
      }
      this.range.setAttribute("aria-valuetext", `step ${rank + 1}, line ${line} of ${name}`);
      this.drawPicture(step);
      this.drawNote(step);
      this.scroll(); // last, since it makes the browser lay everything out
      const active = document.activeElement;
      if (held && !(active && this.root.contains(active) && active.checkVisibility())) {
        this.root.focus({ preventScroll: true }); // or the keys would be lost
      }
      this.say(step, `line ${line} of ${name}`, changed);
    }

    drawSource(/** @type {number} */ here, /** @type {number} */ step, /** @type {number} */ frame) {
      const { text, file, name, place } = this.recording.where(here);
      if (text !== this.source) {
        this.source = text;
        const [, first, lines] = this.recording.data.texts[text];
        this.lines = lines.map((/** @type {string} */ html, /** @type {number} */ index) =>
          this.line(html, first + index, `${text}:${first + index}`),
        );
        this.code.replaceChildren(...this.lines.map(({ element }) => element));
        this.mark(this.owner.breakpoints);
      }
      this.file.replaceChildren(file === "snippet" ? "the code above" : file, " ", make("b", "", name));
      this.current?.classList.remove("here", "outer", "leaving");
      this.current?.removeAttribute("aria-current");
      this.dot?.setAttribute("tabindex", "-1");
      const { element, button } = this.lines[place];
      element.classList.add("here");
      element.classList.toggle("outer", frame > 0);
      element.classList.toggle("leaving", frame === 0 && this.recording.returned(step) !== null);
      element.setAttribute("aria-current", "step");
      button.setAttribute("tabindex", "0");
      this.current = element;
      this.dot = button;
    }

    /** Bring the present line into the box of the source; the page stays put. */
    scroll() {
      const { code, current } = this;
      const [top, bottom] = [current.offsetTop, current.offsetTop + current.offsetHeight];
      if (top < code.scrollTop || bottom > code.scrollTop + code.clientHeight) {
        code.scrollTop = Math.max(0, top - code.clientHeight / 2);
      }
    }

    /** One line of source; its number is the button of its breakpoint. */
    line(/** @type {string} */ html, /** @type {number} */ number, /** @type {string} */ key) {
      const button = make("button", "stepper-dot", String(number));
      button.type = "button";
      button.tabIndex = -1;
      button.setAttribute("aria-label", `breakpoint on line ${number}`);
      const code = make("code");
      code.innerHTML = html || " "; // coloured by the build
      const element = make("li", "", button, code);
      if (this.recording.reached.has(key)) {
        element.addEventListener("click", () => this.owner.toggle(key));
      } else {
        button.disabled = true; // no step is ever here
      }
      return { element, button, key };
    }

    /** Show which lines have a breakpoint. */
    mark(/** @type {Set<string>} */ breakpoints) {
      for (const { element, button, key } of this.lines) {
        element.classList.toggle("stops", breakpoints.has(key));
        button.setAttribute("aria-pressed", String(breakpoints.has(key)));
      }
    }

    drawStack(/** @type {number[]} */ calls, /** @type {number} */ step, /** @type {number} */ frame) {
      calls.forEach((call, place) => {
        let button = this.stack.children[place]?.firstChild;
        if (!button) {
          button = make("button", "");
          button.type = "button";
          button.addEventListener("click", () => this.owner.show(this.owner.step, place));
          this.stack.append(make("li", "", button));
        }
        const { name, line } = this.recording.where(this.recording.lastStep(call, step));
        const text = `${name} : ${line}`;
        if (button.textContent !== text) button.textContent = text;
        button.parentNode.hidden = false;
        if (place === frame) button.setAttribute("aria-current", "true");
        else button.removeAttribute("aria-current");
      });
      for (const item of [...this.stack.children].slice(calls.length)) item.hidden = true;
    }

    /** What is to be said of a step: what it returns, opens, shows or asks. */
    drawNote(/** @type {number} */ step) {
      const { recording, owner } = this;
      const moment = recording.momentAt(step);
      const returned = recording.returned(step);
      const rounds = recording.rounds(step);
      const opens = recording.opens(step);
      const parts = [];
      if (moment?.say) parts.push(make("p", "stepper-say", ...words(moment.say)));
      if (moment?.ask) parts.push(this.question(moment, owner.answered.has(step)));
      if (returned !== null) {
        const what = returned === "None" ? [] : [" ", make("code", "", returned)];
        const { name } = recording.where(step);
        parts.push(make("p", "", make("code", "", name), " returns", ...what, "."));
      }
      if (step === recording.count - 1) {
        parts.push(make("p", "", "That is the end of the recording."));
      }
      if (step === 0) parts.push(make("p", "stepper-hint", HELP));
      if (rounds) {
        parts.push(make("p", "", `Of ${rounds[1].toLocaleString("en")} rounds, ${rounds[0]} are recorded.`));
      }
      if (opens) parts.push(make("p", "stepper-hint", ...words(OPENS[opens] ?? `Into opens \`${opens}\`.`)));
      this.note.replaceChildren(...parts);
      if (moment) this.note.scrollIntoView({ block: "nearest" });
    }

    /** A question to answer before the replay goes on. */
    question(/** @type {any} */ moment, /** @type {boolean} */ answered) {
      const form = make("form", "stepper-question");
      const group = make("fieldset", "predict-choices", make("legend", "", ...words(moment.ask)));
      moment.choices.forEach(([choice, reason], /** @type {number} */ place) => {
        const radio = Object.assign(document.createElement("input"), {
          type: "radio",
          name: `ask-${this.owner.dataset.name}-${moment.step}`,
          value: String(place),
          required: true,
          checked: answered && moment.chosen === place,
        });
        const label = make("label", "predict-choice", radio, make("code", "", choice));
        if (answered) {
          const right = place === moment.right;
          const mark = right ? "✓" : "×";
          label.append(make("span", right ? "right" : "wrong", `${mark} `, ...words(reason)));
        }
        group.append(label);
      });
      group.disabled = answered;
      form.append(group);
      if (!answered) form.append(make("button", "predict-commit", "Commit"));
      form.addEventListener("submit", (/** @type {Event} */ event) => {
        event.preventDefault();
        moment.chosen = Number(form.querySelector("input:checked").value);
        this.owner.commit();
        this.drawNote(moment.step);
        this.verdict(moment);
      });
      return form;
    }

    /** Say whether a prediction was right, and go on from there. */
    verdict(/** @type {any} */ moment) {
      const right = moment.chosen === moment.right;
      const [answer] = moment.choices[moment.right];
      const text = `${right ? "Right" : "Not this time"}: it is ${answer}. `;
      const show = make("button", "stepper-show", "Show it");
      show.type = "button";
      show.addEventListener("click", () => this.owner.show(moment.seen));
      const line = make("p", "predict-verdict", text, show);
      line.tabIndex = -1;
      this.note.prepend(line);
      line.focus({ preventScroll: true });
    }

    /** Remind the reader of the question that holds the replay. */
    remind() {
      const form = this.note.querySelector("form");
      const words = "Predict first: choose with 1, 2, 3, and commit with Enter.";
      if (!form?.querySelector(".stepper-hint")) form?.append(make("p", "stepper-hint", words));
      this.note.scrollIntoView({ block: "nearest" });
      this.said.textContent = words;
    }

    /** Choose an answer of the question that is shown, by its place. */
    choose(/** @type {number} */ place) {
      const radio = this.note.querySelectorAll("input")[place];
      if (radio instanceof HTMLInputElement && !radio.matches(":disabled")) {
        radio.checked = true;
        radio.focus();
      }
    }

    /** Tell screen readers where the replay is, once it rests there. */
    say(/** @type {number} */ step, /** @type {string} */ where, /** @type {string[]} */ changed) {
      clearTimeout(this.saying);
      this.saying = setTimeout(() => {
        const moment = this.recording.momentAt(step);
        const more = changed.length ? `; changed: ${changed.join(", ")}` : "";
        const said = moment ? `. ${moment.say} ${moment.ask ?? ""}` : "";
        this.said.textContent = `${where}${more}${said}`;
      }, 250);
    }
  }

  /** @type {any} */ (customElements.get("time-stepper")).View = View;
}
