/**
 * <predict-card>: a question that wants an answer before it shows its own.
 *
 * Content     .predict-choices, a list of choices; details.predict-answer with
 *             .predict-reasons, a list in the same order whose right item has the
 *             class `right`. Without this script the details element stands.
 * Attributes  committed, set by the element once the reader has chosen.
 * Events      predict, bubbling; detail is { choice: index, right: boolean }.
 * CSS         --accent, --ink-quiet, --hairline.
 *
 * Keys: Tab to the choices, arrows to move, Enter or the button to commit.
 * A classic script in a block, so that it works from file://.
 */
"use strict";
{
  /** @returns {HTMLElement} an element with a class and a text */
  function make(/** @type {string} */ tag, /** @type {string} */ name, text = "") {
    const element = document.createElement(tag);
    element.className = name;
    element.textContent = text;
    return element;
  }

  class PredictCard extends HTMLElement {
    /** @returns {string} the verdict on a choice, said aloud and shown */
    static verdict(/** @type {boolean} */ right, /** @type {string} */ printed) {
      return `${right ? "Right" : "Not this time"}: it prints ${printed}.`;
    }

    /** Turn the list of choices into a form, once. */
    connectedCallback() {
      const list = this.querySelector("ol.predict-choices");
      const answer = this.querySelector("details.predict-answer");
      if (!(list instanceof HTMLElement) || !(answer instanceof HTMLDetailsElement)) return;
      this.answer = answer;
      this.reasons = [...answer.querySelectorAll(".predict-reasons > li")];
      answer.hidden = true;
      list.replaceWith(this.form([...list.children]));
    }

    /** @returns {HTMLFormElement} one radio button a choice, and Commit */
    form(/** @type {Element[]} */ choices) {
      const form = document.createElement("form");
      const group = document.createElement("fieldset");
      group.className = "predict-choices";
      group.append(make("legend", "unseen", "Your prediction"));
      const name = `predict-${[...document.querySelectorAll("predict-card")].indexOf(this)}`;
      choices.forEach((choice, index) => {
        const label = make("label", "predict-choice");
        const radio = document.createElement("input");
        Object.assign(radio, { type: "radio", name, value: String(index), required: true });
        const words = make("span", "");
        words.append(...choice.childNodes);
        label.append(radio, words);
        group.append(label);
      });
      const button = make("button", "predict-commit", "Commit");
      form.append(group, button);
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        const radio = form.querySelector("input:checked");
        if (radio instanceof HTMLInputElement) this.commit(Number(radio.value), group, button);
      });
      return form;
    }

    /** Open the answer, with the reader's choice and the right one marked. */
    commit(
      /** @type {number} */ choice,
      /** @type {HTMLFieldSetElement} */ group,
      /** @type {HTMLElement} */ button,
    ) {
      const { answer, reasons } = this;
      if (!answer || !reasons) return;
      const right = reasons[choice]?.classList.contains("right") ?? false;
      reasons.forEach((reason, index) => {
        const marks = [
          index === choice ? "your choice" : "",
          reason.classList.contains("right") ? "what it prints" : "",
        ].filter(Boolean);
        if (marks.length) reason.append(" ", make("span", "predict-mark", marks.join(", ")));
        reason.classList.toggle("chosen", index === choice);
      });
      const printed = answer.querySelector(".predict-reasons > .right > strong");
      const words = PredictCard.verdict(right, printed?.textContent ?? "something else");
      const verdict = make("p", "predict-verdict", words);
      verdict.tabIndex = -1;
      group.disabled = true;
      button.replaceWith(verdict);
      answer.hidden = false;
      answer.open = true;
      this.toggleAttribute("committed", true);
      verdict.focus();
      this.dispatchEvent(new CustomEvent("predict", { bubbles: true, detail: { choice, right } }));
    }
  }

  customElements.define("predict-card", PredictCard);
}
