// A reader's number against that of the solution; without a script, the solution says it.
"use strict";

for (const form of document.querySelectorAll("form.answer")) {
  const right = Number(form.dataset.value);
  const judge = (answer) => {
    if (Number.isNaN(answer)) return "Write a number, such as 0.5.";
    if (Math.abs(answer - right) <= Number(form.dataset.within)) return "Right.";
    return `Not that: it is ${answer < right ? "more" : "less"}.`;
  };
  form.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const written = form.querySelector("input").value.trim();
    form.querySelector("output").textContent = judge(Number(written.replace("−", "-").replace(",", ".")));
  });
}
