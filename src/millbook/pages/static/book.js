// Two switches that are remembered (colours, code), and small comforts. Without it nothing is lost:
// code opens box by box, and colours follow the device.
"use strict";

(() => {
  const root = document.documentElement;
  const read = (key) => { try { return localStorage.getItem(key); } catch { return null; } };
  const keep = (key, value) => { try { localStorage.setItem(key, value); } catch { /* private */ } };

  function colours() {
    const button = document.querySelector(".bar-theme");
    const names = {
      auto: "Colours: as the device has them",
      light: "Colours: light",
      dark: "Colours: dark",
    };
    const say = () => {
      button.title = names[root.dataset.theme] ?? names.auto;
      button.setAttribute("aria-label", button.title);
    };
    button.addEventListener("click", () => {
      const order = Object.keys(names);
      root.dataset.theme = order[(order.indexOf(root.dataset.theme) + 1) % order.length];
      keep("book-theme", root.dataset.theme);
      say();
    });
    say();
  }

  function code() {
    const button = document.querySelector(".bar-code");
    const boxes = document.querySelectorAll("details.code");
    // Who comes to adapt a chapter wants its code: a link may ask for it.
    if (new URLSearchParams(location.search).get("code") === "open") keep("book-code", "open");
    const show = (open) => {
      for (const box of boxes) box.open = open;
      button?.setAttribute("aria-pressed", String(open));
    };
    button?.addEventListener("click", () => {
      const open = button.getAttribute("aria-pressed") !== "true";
      keep("book-code", open ? "open" : "folded");
      show(open);
    });
    if (read("book-code") === "open") show(true);
  }

  // What is below the screen is laid out a section at a time, so that nothing waits for all of it.
  function arrive() {
    if (!root.classList.contains("arriving")) return;
    const later = window.requestIdleCallback ?? setTimeout;
    const sections = [...document.querySelectorAll("article > section > section")];
    const next = () => {
      const section = sections.shift();
      if (!section) return root.classList.remove("arriving");
      section.classList.add("arrived");
      later(next, { timeout: 200 });
    };
    later(next, { timeout: 200 });
  }

  // A link to code opens the box that it is in.
  function openTarget() {
    const name = decodeURIComponent(location.hash.slice(1));
    const target = name && document.getElementById(name);
    if (!target) return;
    for (let box = target.closest("details"); box; box = box.parentElement.closest("details"))
      box.open = true;
    if (target.matches(".cell")) target.querySelector("details.code")?.setAttribute("open", "");
    target.scrollIntoView();
  }

  // Code can be copied once it is in sight: a page has much that nobody opens.
  function offerCopy(box) {
    if (box.querySelector("button.copy")) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(box.querySelector("pre").textContent);
      button.textContent = "Copied";
      setTimeout(() => (button.textContent = "Copy"), 2000);
    });
    box.append(button);
  }

  function copying() {
    if (!navigator.clipboard) return;
    const offer = (part) => part.querySelectorAll(".highlight").forEach(offerCopy);
    document.addEventListener("toggle", (event) => {
      if (event.target.matches("article details")) offer(event.target);
    }, true);
    for (const box of document.querySelectorAll("article .highlight"))
      if (!box.closest("details:not([open])")) offerCopy(box);
  }

  // Who will be without a network keeps the whole book on the device: see offline.js.
  async function keeping() {
    const line = document.querySelector(".keep-book");
    if (!line || !location.protocol.startsWith("http") || !navigator.serviceWorker) return;
    const button = line.querySelector("button");
    const home = new URL(root.dataset.content_root, location).href;
    const workers = navigator.serviceWorker;
    const kept = async () => (await workers.getRegistrations()).find(({ scope }) => scope === home);
    const offer = async () => {
      button.textContent = await kept() ? "remove from this device" : "keep on this device";
      line.hidden = false;
    };
    button.addEventListener("click", async () => {
      const before = await kept();
      button.textContent = "one moment";
      try {
        if (before) await forget(before);
        else {
          // A name of its own: one that was removed here a moment ago would not be installed again.
          const worker = `${home}offline.js?${Date.now()}`;
          await settled((await workers.register(worker)).installing);
        }
        await offer();
      } catch {
        button.textContent = "could not be kept; try again";
      }
    });
    await offer();
  }

  const settled = (worker) => new Promise((done, fail) => {
    worker.addEventListener("statechange", () => {
      if (worker.state === "activated") done();
      if (worker.state === "redundant") fail();
    });
  });

  async function forget(registration) {
    await registration.unregister();
    for (const name of await caches.keys())
      if (name.startsWith(`${registration.scope}#`)) await caches.delete(name);
  }

  arrive();
  keeping().catch(() => {});  // some browsers allow nothing to be kept
  copying();
  colours();
  code();
  openTarget();
  addEventListener("hashchange", openTarget);
})();
