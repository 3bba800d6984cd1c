"use strict";
(() => {
  const root = document.getElementById("stepper");
  const data = JSON.parse(document.getElementById("stepper-data").textContent);
  const part = (name) => document.getElementById(data.prefix + name);
  const cards = [...root.querySelectorAll(".step")];
  const place = document.getElementById("stepper-place");
  const said = document.getElementById("stepper-said");
  const slider = document.getElementById("stepper-slider");
  const last = cards.length - 1;
  let current = 0;

  const labels = [];
  for (const [name, steps] of Object.entries(data.known)) {
    const group = part(name);
    if (!group) continue;
    const texts = [...group.children].filter((child) => child.tagName === "text");
    texts.forEach((text, i) => labels.push({ text, known: steps[i] || 0 }));
  }

  const captions = [...root.querySelectorAll("svg > text")];
  data.captions.forEach((known, i) => labels.push({ text: captions[i], known }));

  const still = matchMedia("(prefers-reduced-motion: reduce)");
  function bringIntoView(group) {
    const box = group.closest(".scroll");
    if (!box || box.scrollWidth <= box.clientWidth) return;
    const [inner, outer] = [group.getBoundingClientRect(), box.getBoundingClientRect()];
    const left = box.scrollLeft + inner.left - outer.left - (outer.width - inner.width) / 2;
    box.scrollTo({ left, behavior: still.matches ? "auto" : "smooth" });
  }

  function show(step) {
    current = Math.min(Math.max(step, 0), last);
    cards.forEach((card, i) => { card.hidden = i !== current; });
    const lit = data.steps[current];
    for (const group of root.querySelectorAll("svg g.now, svg g.used")) {
      group.classList.remove("now", "used", "forward", "backward");
    }
    for (const kind of ["used", "now"]) {
      for (const name of lit[kind]) {
        const group = part(name);
        if (group) group.classList.add(kind, lit.pass);
      }
    }
    const first = lit.now.map(part).find((group) => group);
    if (first) bringIntoView(first);
    for (const { text, known } of labels) {
      text.classList.toggle("later", known > current);
      text.classList.toggle("fresh", known > 0 && known === current);
    }
    place.textContent = data.place.replace("{step}", current).replace("{last}", last);
    said.textContent = `${place.textContent}. ${lit.said}`;
    slider.value = String(current);
    slider.setAttribute("aria-valuetext", place.textContent);
    root.dataset.step = String(current);
    document.getElementById("stepper-first").disabled = current === 0;
    document.getElementById("stepper-back").disabled = current === 0;
    document.getElementById("stepper-next").disabled = current === last;
    document.getElementById("stepper-last").disabled = current === last;
  }

  function keepTheLineInView() {
    const under = cards[current].getBoundingClientRect().bottom + 16 - innerHeight;
    const picture = root.querySelector(".picture").getBoundingClientRect();
    const top = Math.min(under, picture.top);
    if (top > 0) scrollBy({ top, behavior: still.matches ? "auto" : "smooth" });
  }

  function go(step) {
    show(step);
    keepTheLineInView();
  }

  const moves = {
    first: () => 0,
    back: () => current - 1,
    next: () => current + 1,
    last: () => last,
  };
  for (const [name, move] of Object.entries(moves)) {
    const button = document.getElementById(`stepper-${name}`);
    button.addEventListener("click", () => {
      go(move());
      if (button.disabled) root.focus({ preventScroll: true });
    });
  }
  slider.max = String(last);
  slider.addEventListener("input", () => go(Number(slider.value)));

  const keys = { ArrowLeft: "back", ArrowRight: "next", Home: "first", End: "last" };
  document.addEventListener("keydown", (event) => {
    const move = moves[keys[event.key]];
    if (!move || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (event.target === slider) return;
    event.preventDefault();
    go(move());
  });

  root.classList.add("live");
  document.getElementById("stepper-controls").hidden = false;
  document.getElementById("stepper-hint").hidden = false;
  show(0);
  requestAnimationFrame(() => requestAnimationFrame(() => root.classList.add("moving")));
})();
