/**
 * The drawing of a <time-stepper>: buttons, slider, graph, values and call stack.
 * The note and the source are in files of their own, loaded before.
 * A classic script, loaded after time-stepper.js, which it gives its class to.
 */
"use strict";
{
  const { parts, Note, Source } = /** @type {any} */ (customElements.get("time-stepper"));
  const { make, words, Values } = parts;
  const BUTTONS = [
    ["back", "Back", "previous line", "ArrowLeft", "←"],
    ["next", "Next", "next line", "ArrowRight", "→"],
    ["over", "Over", "next line of this function", "F10", "F10"],
    ["into", "Into", "into what is called or folded", "F11", "F11"],
    ["out", "Out", "until this function returns", "Shift+F11", "⇧F11"],
    ["stop-before", "Last stop", "previous moment or breakpoint", "PageUp", "PgUp"],
    ["stop", "Next stop", "next moment or breakpoint", "PageDown", "PgDn"],
  ];

  class View {
    constructor(/** @type {any} */ owner, /** @type {any} */ recording) {
      this.owner = owner;
      this.recording = recording;
      this.watch = new Values("Watched", (line) => this.follow(line));
      this.variables = new Values("Variables", (line) => this.follow(line));
      this.root = make("div", "stepper");
      this.root.tabIndex = 0;
      this.root.setAttribute("role", "group");
      this.root.setAttribute("aria-label", `Replay: ${recording.title.replaceAll("`", "")}`);
      this.note = new Note(owner, recording);
      this.source = new Source(owner, recording);
      this.stack = make("ol", "stepper-stack");
      this.place = make("span", "stepper-place");
      this.said = make("p", "unseen");
      this.said.setAttribute("role", "status");
      this.range = Object.assign(make("input", "stepper-range"), {
        type: "range",
        min: "0",
        max: String(recording.visible.length - 1),
      });
      this.range.setAttribute("aria-label", "step");
      this.range.addEventListener("input", () => this.scrub());
      // After a drag the keys are the replay's again; by keyboard it stays put.
      this.range.addEventListener("pointerup", () => this.root.focus({ preventScroll: true }));
      const stack = make("div", "", make("p", "label", "Call stack"), this.stack);
      const right = make("div", "stepper-right", this.watch.table, this.variables.table, stack);
      const scrub = make("div", "stepper-scrub", this.range, this.place);
      this.root.append(
        make("div", "stepper-controls", this.bar(), scrub),
        this.note.root,
        ...this.picture(),
        make("div", "stepper-grid", this.source.root, right),
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
      this.source.draw(here, step, frame);
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
      this.note.draw(step);
      this.source.scroll(); // last, since it makes the browser lay everything out
      const active = document.activeElement;
      if (held && !(active && this.root.contains(active) && active.checkVisibility())) {
        this.root.focus({ preventScroll: true }); // or the keys would be lost
      }
      this.say(step, `line ${line} of ${name}`, changed);
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

    /** Say at once what holds the replay. */
    remind(/** @type {string} */ words) {
      this.rest();
      this.said.textContent = words;
    }

    /** Say nothing more that is waiting to be said. */
    rest() {
      clearTimeout(this.saying);
    }

    /** Tell screen readers where the replay is, once it rests there. */
    say(/** @type {number} */ step, /** @type {string} */ where, /** @type {string[]} */ changed) {
      this.rest();
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
