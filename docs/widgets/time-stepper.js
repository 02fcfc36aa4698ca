/**
 * <time-stepper>: replays a recorded run of the code in it, forward and back.
 *
 * Content     .stepper-title, the code as a `.run`, and .stepper-table, the key
 *             moments, which stand in its place where there is no script.
 * Attributes  data-recording, the address of the recording's script, fetched when
 *             the reader opens it; data-name; data-steps and data-kib, said on the
 *             button. `step`, set by the element: the step that is shown.
 * Events      step, bubbling; detail is { step, function, line }.
 * CSS         --forward, --backward, --accent, --line, --hairline, --paper-deep.
 *
 * Keys, while it has focus: Right and Left: next and previous line. F10 over, and
 * Shift+F10 back over. F11 into, Shift+F11 out. PageDown and PageUp: next and
 * previous stop. B sets a breakpoint, Home and End go to the ends. 1 to 4 choose
 * an answer where one is asked for, Enter commits. On a line's number, Up and Down
 * go from line to line, Enter sets its breakpoint. The slider keeps its own keys.
 *
 * Its reckoning is in recording.js, its drawing in stepper-parts, -note, -source
 * and -view.js: each hands what it has to this class. Classic scripts in blocks,
 * to work from file://.
 */
"use strict";
{
  /** @type {Map<string, any>} recordings that have arrived, by name */
  const arrived = new Map();

  class TimeStepper extends HTMLElement {
    /** @type {any} */ static Recording;
    /** @type {any} */ static View;
    /** @type {any} */ static Note;
    /** @type {any} */ static Source;
    /** @type {any} */ static parts;

    /** Take a recording in: what its script calls. */
    static receive(/** @type {string} */ name, /** @type {any} */ data) {
      arrived.set(name, data);
    }

    /** Put the button that opens the replay, once. */
    connectedCallback() {
      if (this.button || !this.dataset.recording) return;
      this.button = document.createElement("button");
      this.button.type = "button";
      this.button.className = "stepper-open";
      this.button.textContent = "Replay it step by step";
      const size = document.createElement("span");
      size.textContent = `${this.dataset.steps} steps, ${this.dataset.kib} KiB`;
      const row = document.createElement("p");
      row.className = "stepper-launch";
      row.append(this.button, " ", size);
      this.append(row);
      this.button.addEventListener("click", () => this.open(row));
    }

    /** Fetch the recording and show its first step. */
    open(/** @type {HTMLElement} */ row) {
      if (this.loading) return;
      this.loading = true;
      const name = this.dataset.name ?? "";
      const ready = () => {
        try {
          this.start(new TimeStepper.Recording(arrived.get(name)));
          row.remove();
        } catch {
          this.fail(row);
        }
      };
      if (arrived.has(name)) {
        ready();
        return;
      }
      const script = document.createElement("script");
      script.src = this.dataset.recording ?? "";
      script.addEventListener("load", ready);
      script.addEventListener("error", () => this.fail(row));
      document.head.append(script);
    }

    /** Say that there is no replay, and show the table instead. */
    fail(/** @type {HTMLElement} */ row) {
      row.textContent = "The recording could not be loaded; its key moments are in the table.";
      row.tabIndex = -1;
      row.focus({ preventScroll: true });
      this.classList.add("table-only");
    }

    disconnectedCallback() {
      this.view?.rest();
    }

    /** Begin a replay. */
    start(/** @type {any} */ recording) {
      this.recording = recording;
      /** @type {Set<string>} */
      this.breakpoints = new Set();
      /** @type {Set<number>} the questions' steps that have been answered */
      this.answered = new Set();
      this.view = new TimeStepper.View(this, recording);
      this.append(this.view.root);
      this.view.root.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) =>
        this.key(event),
      );
      this.show(0);
      this.view.root.focus({ preventScroll: true });
    }

    /** @returns {number} the step that is shown */
    get step() {
      return Number(this.getAttribute("step"));
    }

    /** Show a step, whatever lies between. */
    show(/** @type {number} */ step, frame = 0) {
      this.setAttribute("step", String(step));
      this.view.draw(step, frame);
      const { name, line } = this.recording.where(step);
      const detail = { step, function: name, line };
      this.dispatchEvent(new CustomEvent("step", { bubbles: true, detail }));
    }

    /** @returns {boolean} whether the step shown asks what is not yet answered */
    get asking() {
      const moment = this.recording.momentAt(this.step);
      return Boolean(moment?.ask) && !this.answered.has(this.step);
    }

    /** Go to a step; on the way forward, stop at what asks. */
    go(/** @type {number} */ target) {
      const { step: from, recording } = this;
      if (target > from && this.asking) {
        this.view.remind(this.view.note.remind());
        return;
      }
      const question = recording.moments.find(
        (/** @type {any} */ moment) =>
          moment.ask && moment.step > from && moment.step < target && !this.answered.has(moment.step),
      );
      this.show(question ? question.step : target);
    }

    /** Do what a button or key asks for. */
    act(/** @type {string} */ name) {
      const { recording, step, breakpoints } = this;
      const moves = {
        next: () => recording.next(step),
        back: () => recording.next(step, -1),
        over: () => recording.over(step),
        "back-over": () => recording.over(step, -1),
        into: () => recording.into(step),
        out: () => recording.out(step),
        stop: () => recording.stop(step, breakpoints),
        "stop-before": () => recording.stop(step, breakpoints, -1),
        first: () => 0,
        last: () => recording.count - 1,
      };
      const move = moves[/** @type {keyof typeof moves} */ (name)];
      if (move) this.go(move());
    }

    /** Set or remove a breakpoint. */
    toggle(/** @type {string} */ key) {
      if (!this.breakpoints.delete(key)) this.breakpoints.add(key);
      this.view.source.mark(this.breakpoints);
    }

    /** Commit to an answer of the question that is shown. */
    commit() {
      this.answered.add(this.step);
    }

    key(/** @type {KeyboardEvent} */ event) {
      const target = /** @type {HTMLElement} */ (event.target);
      const own = target.matches("input"); // it has its own use for these keys
      const name = `${event.shiftKey ? "Shift+" : ""}${event.key}`;
      /** @type {Record<string, string>} */
      const always = { F10: "over", "Shift+F10": "back-over", F11: "into", "Shift+F11": "out" };
      /** @type {Record<string, string>} */
      const free = {
        ArrowRight: "next",
        ArrowLeft: "back",
        PageDown: "stop",
        PageUp: "stop-before",
        Home: "first",
        End: "last",
      };
      const way = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      const action = always[name] ?? (own ? undefined : free[name]);
      if (event.ctrlKey || event.altKey || event.metaKey) return;
      if (action) this.act(action);
      else if (way && target.matches(".stepper-dot")) this.view.source.nextDot(target, way);
      else if (/^[1-4]$/.test(event.key) && this.asking) this.view.note.choose(Number(event.key) - 1);
      else if (event.key === "b" && !own) this.toggle(this.recording.where(this.step).key);
      else return;
      event.preventDefault();
    }
  }

  customElements.define("time-stepper", TimeStepper);
}
