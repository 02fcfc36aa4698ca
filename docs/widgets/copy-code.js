/**
 * <copy-code>: a Copy button for the run block that holds it.
 *
 * The script puts one into each `.run` of the page by itself.
 * Attributes  data-copy, on the `.run`: what Copy yields where that is more than
 *             the block's own code (a chain of blocks). Without it: the code.
 * Events      copied, bubbling; detail.text is what went to the clipboard.
 * CSS         --ink-quiet and --ink colour the button.
 *
 * Success is said in the button and in a polite live region. Where the clipboard
 * may not be written, the text is selected, ready for the reader's own keys.
 *
 * A classic script, not a module, so that it works from file://; the block keeps
 * its names to itself, and the element's class gives tests its pure function.
 */
"use strict";
{
  /** @type {HTMLElement | undefined} */
  let voice;

  /** Say a sentence to screen readers, even if it is the same as the last. */
  function say(/** @type {string} */ sentence) {
    if (!voice) {
      voice = document.createElement("p");
      voice.setAttribute("role", "status");
      voice.className = "unseen";
      document.body.append(voice);
    }
    voice.replaceChildren(document.createTextNode(sentence));
  }

  class CopyCode extends HTMLElement {
    /** @returns {string} what Copy yields for a run block */
    static textOf(/** @type {HTMLElement} */ run) {
      return run.dataset.copy ?? run.querySelector(".highlight code")?.textContent ?? "";
    }

    /** Build the button, once. */
    connectedCallback() {
      if (this.firstChild) return;
      this.button = document.createElement("button");
      this.button.type = "button";
      this.append(this.button);
      this.rest();
      this.button.addEventListener("click", () => this.copy());
      for (const leaving of ["blur", "pointerleave"]) {
        this.button.addEventListener(leaving, () => this.rest());
      }
    }

    /** Show the button's usual word. */
    rest() {
      if (this.button) this.button.textContent = "Copy";
    }

    /** Copy, or select where copying is not allowed, and say which it was. */
    async copy() {
      const run = /** @type {HTMLElement | null} */ (this.closest(".run"));
      if (!run || !this.button) return;
      const text = CopyCode.textOf(run);
      try {
        await navigator.clipboard.writeText(text);
        this.button.textContent = "Copied";
        say("Copied");
        this.dispatchEvent(new CustomEvent("copied", { bubbles: true, detail: { text } }));
      } catch {
        this.select(run, text);
        this.button.textContent = "Selected";
        say("The code is selected: copy it with your keyboard");
      }
    }

    /** Select the code on the page, or the whole chain in a field below it. */
    select(/** @type {HTMLElement} */ run, /** @type {string} */ text) {
      const code = run.querySelector(".highlight code");
      if (run.dataset.copy === undefined && code) {
        getSelection()?.selectAllChildren(code);
        return;
      }
      const field = run.querySelector("textarea") ?? document.createElement("textarea");
      field.readOnly = true;
      field.value = text;
      field.rows = Math.min(text.split("\n").length, 12);
      field.setAttribute("aria-label", "The whole code, selected");
      run.append(field);
      field.focus();
      field.select();
    }
  }

  customElements.define("copy-code", CopyCode);
  // Commands that are shown and not run, to set things up, are copied too.
  for (const block of document.querySelectorAll(".text > .highlight:is(.language-sh, .language-bash)")) {
    const run = document.createElement("div");
    run.className = "run";
    block.replaceWith(run);
    run.append(block);
  }
  for (const run of document.querySelectorAll(".run")) {
    run.append(document.createElement("copy-code"));
    run.classList.add("copyable");
  }
}
