/**
 * The source in a <time-stepper>: the present line, and breakpoints.
 * A classic script, loaded after time-stepper.js, which it gives its class to.
 */
"use strict";
{
  const { make } = /** @type {any} */ (customElements.get("time-stepper")).parts;

  class Source {
    constructor(/** @type {any} */ owner, /** @type {any} */ recording) {
      this.owner = owner;
      this.recording = recording;
      this.shown = -1; // the text that is shown
      /** @type {{ element: HTMLElement, button: HTMLButtonElement, key: string }[]} */
      this.lines = [];
      this.file = make("p", "stepper-file");
      this.code = make("ol", "stepper-code highlight");
      this.root = make("div", "stepper-left", this.file, this.code);
    }

    draw(/** @type {number} */ here, /** @type {number} */ step, /** @type {number} */ frame) {
      const { text, file, name, place } = this.recording.where(here);
      if (text !== this.shown) {
        this.shown = text;
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

    /** Move the focus to the next line that can have a breakpoint. */
    nextDot(/** @type {HTMLElement} */ from, /** @type {number} */ way) {
      const dots = this.lines.map(({ button }) => button).filter((button) => !button.disabled);
      const next = dots[dots.indexOf(from) + way];
      if (!next) return;
      from.setAttribute("tabindex", "-1");
      next.setAttribute("tabindex", "0");
      this.dot = next;
      next.focus();
    }
  }

  /** @type {any} */ (customElements.get("time-stepper")).Source = Source;
}
