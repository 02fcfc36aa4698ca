/**
 * The note of a <time-stepper>: what is to be seen at a step, and its question.
 * A classic script, loaded after time-stepper.js, which it gives its class to.
 */
"use strict";
{
  const { make, words } = /** @type {any} */ (customElements.get("time-stepper")).parts;
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

  class Note {
    constructor(/** @type {any} */ owner, /** @type {any} */ recording) {
      this.owner = owner;
      this.recording = recording;
      this.root = make("div", "stepper-note");
    }

    /** What is to be said of a step: what it returns, opens, shows or asks. */
    draw(/** @type {number} */ step) {
      const { recording, owner } = this;
      const moment = recording.momentAt(step);
      const returned = recording.returned(step);
      const rounds = recording.rounds(step);
      const opens = recording.opens(step);
      const parts = [];
      if (moment?.say) parts.push(make("p", "", ...words(moment.say)));
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
      this.root.replaceChildren(...parts);
      if (moment) this.root.scrollIntoView({ block: "nearest" });
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
        this.draw(moment.step);
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
      this.root.prepend(line);
      line.focus({ preventScroll: true });
    }

    /** @returns {string} a reminder of the question that holds the replay, as shown */
    remind() {
      const form = this.root.querySelector("form");
      const reminder = "Predict first: choose with 1, 2, 3, and commit with Enter.";
      if (!form?.querySelector(".stepper-hint")) form?.append(make("p", "stepper-hint", reminder));
      this.root.scrollIntoView({ block: "nearest" });
      return reminder;
    }

    /** Choose an answer of the question that is shown, by its place. */
    choose(/** @type {number} */ place) {
      const radio = this.root.querySelectorAll("input")[place];
      if (radio instanceof HTMLInputElement && !radio.matches(":disabled")) {
        radio.checked = true;
        radio.focus();
      }
    }
  }

  /** @type {any} */ (customElements.get("time-stepper")).Note = Note;
}
