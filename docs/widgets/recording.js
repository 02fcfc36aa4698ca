/**
 * A recording of a run: what was where at each of its steps, and how to move.
 *
 * Pure: nothing here touches the page. `book.recording` says what the data is.
 * A classic script, loaded after time-stepper.js, which it gives its class to.
 */
"use strict";
{
  /** @typedef {{ name: string, steps: number[], values: number[] }} Timeline */

  /** @returns {number[]} numbers from the differences between them */
  function added(/** @type {number[]} */ differences) {
    let sum = 0;
    return differences.map((change) => (sum += change));
  }

  /** @returns {number} the place of the last number that is at most `limit`, or -1 */
  function lastUpTo(/** @type {number[]} */ numbers, /** @type {number} */ limit) {
    let low = 0;
    let high = numbers.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (numbers[middle] <= limit) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  class Recording {
    constructor(/** @type {any} */ data) {
      this.data = data;
      this.title = String(data.title);
      this.count = data.lines.length;
      this.moments = data.moments;
      this.returns = new Map(data.returns);
      /** @type {number[]} how many calls deep each call is */
      this.depths = [];
      for (const [, parent] of data.calls) {
        this.depths.push(parent < 0 ? 0 : this.depths[parent] + 1);
      }
      this.folded = new Uint8Array(this.count); // how many folds each step is in
      this.folds = new Int16Array(this.count).fill(-1); // the innermost of them
      data.folds.forEach((/** @type {number[]} */ [first, last], /** @type {number} */ fold) => {
        for (let step = first; step <= last; step += 1) {
          this.folded[step] += 1;
          this.folds[step] = fold; // folds come in the order in which they open
        }
      });
      /** @type {number[]} the steps outside of every fold */
      this.visible = [];
      /** @type {number[][]} the steps of each call */
      this.stepsOf = data.calls.map(() => []);
      for (let step = 0; step < this.count; step += 1) {
        if (!this.folded[step]) this.visible.push(step);
        this.stepsOf[data.owners[step]].push(step);
      }
      /** @type {Set<string>} the lines that a step is at, as keys of `where` */
      this.reached = new Set();
      for (let step = 0; step < this.count; step += 1) this.reached.add(this.where(step).key);
      /** @type {Timeline[]} */
      this.watch = data.watch.map(this.timeline, this);
      /** @type {{ name: string, data: Timeline, grad: Timeline }[]} */
      this.nodes = (data.picture[1] ?? []).map((/** @type {any[]} */ [name, ...line]) => ({
        name,
        data: this.timeline([name, line[0], line[1]]),
        grad: this.timeline([name, line[2], line[3]]),
      }));
      /** @type {(Timeline[] | undefined)[]} */
      this.known = [];
    }

    /** @returns {Timeline} */
    timeline(/** @type {[string, number[], number[]]} */ [name, steps, values]) {
      return { name, steps: added(steps), values: added(values) };
    }

    /** @returns {Timeline[]} the variables of a call, in the order they came */
    variables(/** @type {number} */ call) {
      return (this.known[call] ??= this.data.variables[call].map(
        (/** @type {[number, number[], number[]]} */ [name, steps, values]) =>
          this.timeline([this.data.names[name], steps, values]),
      ));
    }

    /** @returns {string | null} what something was at a step; null is nothing */
    at(/** @type {Timeline} */ line, /** @type {number} */ step) {
      const place = lastUpTo(line.steps, step);
      const value = place < 0 ? -1 : line.values[place];
      return value < 0 ? null : this.data.values[value];
    }

    /** @returns {string | null} what is returned at a step, if that is what it does */
    returned(/** @type {number} */ step) {
      const value = this.returns.get(step);
      return value === undefined ? null : this.data.values[value];
    }

    /** @returns {number[]} the calls under way at a step, the innermost first */
    stack(/** @type {number} */ step) {
      const calls = [];
      for (let call = this.data.owners[step]; call >= 0; call = this.data.calls[call][1]) {
        calls.push(call);
      }
      return calls;
    }

    /** @returns {number} the step at which a call last was, at or before a step */
    lastStep(/** @type {number} */ call, /** @type {number} */ step) {
      return this.stepsOf[call][Math.max(0, lastUpTo(this.stepsOf[call], step))];
    }

    /** Where a step is: name of the function, its text, the line's number and place. */
    where(/** @type {number} */ step) {
      const [name, text] = this.data.functions[this.data.calls[this.data.owners[step]][0]];
      const [file, first] = this.data.texts[text];
      const line = this.data.lines[step];
      return { name, text, file, line, place: line - first, key: `${text}:${line}` };
    }

    /** @returns {string | null} what F11 opens at a step that a fold follows */
    opens(/** @type {number} */ step) {
      if (step + 1 >= this.count || this.folded[step + 1] <= this.folded[step]) return null;
      return this.data.folds.find((/** @type {number[]} */ [first]) => first === step + 1)[2];
    }

    /** @returns {string} what the innermost fold around a step is called, if any */
    inside(/** @type {number} */ step) {
      return this.data.folds[this.folds[step]]?.[2] ?? "";
    }

    /** @returns {[number, number] | null} rounds recorded and in all, of the loop around a step */
    rounds(/** @type {number} */ step) {
      const [, , , shown, all] = this.data.folds[this.folds[step]] ?? [];
      return all > shown ? [shown, all] : null;
    }

    /** @returns {number} the next step that passes a test, else the last in that direction */
    seek(
      /** @type {number} */ from,
      /** @type {1 | -1} */ way,
      /** @type {(step: number) => boolean} */ test,
    ) {
      for (let step = from + way; step >= 0 && step < this.count; step += way) {
        if (test(step)) return step;
      }
      return way > 0 ? this.count - 1 : 0;
    }

    /** @returns {number} how deep the call of a step is */
    depth(/** @type {number} */ step) {
      return this.depths[this.data.owners[step]];
    }

    /** @returns {boolean} whether a step is in no fold that another is not in too */
    open(/** @type {number} */ step, /** @type {number} */ from) {
      const fold = this.data.folds[this.folds[step]];
      return !fold || (fold[0] <= from && from <= fold[1]);
    }

    /** The next line that runs, or the one before; what is folded stays folded. */
    next(/** @type {number} */ from, /** @type {1 | -1} */ way = 1) {
      return this.seek(from, way, (step) => this.open(step, from));
    }

    /** The next line of this call or of one that waits for it. */
    over(/** @type {number} */ from, /** @type {1 | -1} */ way = 1) {
      return this.seek(
        from,
        way,
        (step) => this.open(step, from) && this.depth(step) <= this.depth(from),
      );
    }

    /** The very next line, into whatever is called or folded. */
    into(/** @type {number} */ from) {
      return Math.min(from + 1, this.count - 1);
    }

    /** Where this call, or this fold, comes back to. */
    out(/** @type {number} */ from) {
      return this.seek(
        from,
        1,
        (step) =>
          this.open(step, from) &&
          (this.depth(step) < this.depth(from) || this.folded[step] < this.folded[from]),
      );
    }

    /** The next step at which a value becomes another; the same step if it never does. */
    change(/** @type {Timeline} */ line, /** @type {number} */ from) {
      return line.steps[lastUpTo(line.steps, from) + 1] ?? from;
    }

    /** The next moment or breakpoint; breakpoints are keys as in `where`. */
    stop(
      /** @type {number} */ from,
      /** @type {Set<string>} */ breakpoints,
      /** @type {1 | -1} */ way = 1,
    ) {
      return this.seek(
        from,
        way,
        (step) =>
          this.momentAt(step) !== undefined ||
          (breakpoints.size > 0 &&
            this.open(step, from) &&
            breakpoints.has(this.where(step).key)),
      );
    }

    /** @returns {any} the moment that a step is, if it is one */
    momentAt(/** @type {number} */ step) {
      return this.moments.find((/** @type {{ step: number }} */ moment) => moment.step === step);
    }

    /** @returns {number} the place, among the visible steps, of a step or of its fold */
    rank(/** @type {number} */ step) {
      return Math.max(0, lastUpTo(this.visible, step));
    }
  }

  /** @type {any} */ (customElements.get("time-stepper")).Recording = Recording;
}
