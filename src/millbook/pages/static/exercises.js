// A reader's number against the sealed one, as millbook.sealed_answers does; without a script, the
// solution says it.
"use strict";

// FNV-1a of a number's text, 32 bits.
const hash = (text) => {
  let code = 0x811c9dc5;
  for (const letter of text) code = Math.imul(code ^ letter.charCodeAt(0), 0x01000193) >>> 0;
  return code.toString(16).padStart(8, "0");
};

for (const form of document.querySelectorAll("form.answer")) {
  const [input, output] = ["input", "output"].map((name) => form.querySelector(name));
  const sealed = form.dataset;
  form.hidden = false;
  form.addEventListener("input", () => { output.textContent = ""; });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const answer = Number(input.value.trim().replace("−", "-").replace(",", "."));
    const place = Math.floor((answer - Number(sealed.offset)) / Number(sealed.width));
    if (Number.isNaN(answer)) output.textContent = "Write a number, such as 0.5.";
    else output.textContent = hash(String(place)) === sealed.hash ? "Right." : "Not that.";
  });
}
