// "Enlarge" opens a figure over the page; without this script it is a plain link to the drawing.
for (const link of document.querySelectorAll("a.enlarge")) {
  link.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const shown = link.closest("figure").querySelector("img");
    const dialog = document.createElement("dialog");
    dialog.className = "figure";
    const image = document.createElement("img");
    image.src = link.href;
    image.alt = shown.alt;
    image.className = shown.className;
    const box = document.createElement("div");
    box.className = "large";
    box.tabIndex = 0;
    box.append(image);
    const close = document.createElement("button");
    close.type = "button";
    close.textContent = "Close";
    close.addEventListener("click", () => dialog.close());
    dialog.setAttribute("aria-label", "Enlarged figure");
    dialog.append(box, close);
    dialog.addEventListener("click", (inside) => {
      if (inside.target === dialog) dialog.close();
    });
    dialog.addEventListener("close", () => {
      dialog.remove();
      link.focus();
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
