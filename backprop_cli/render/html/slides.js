// Steps through slides: arrow keys uncover and cover, f fills the screen. On paper all is shown.
(() => {
  const slides = [...document.querySelectorAll(".slide")];
  const steps = slides.map((slide) => [...slide.querySelectorAll(".step, .step tbody tr")]);
  const place = document.getElementById("slides-place");
  const MARGIN = 48;  // below a slide, where the buttons are
  let at = 0;
  let shown = 1;

  // The parts of a slide that fit its height go together; what is before and after is not shown.
  function page(slide, last) {
    const parts = [...slide.querySelectorAll(":scope > .step")];
    parts.forEach((part) => part.classList.remove("off"));
    slide.style.zoom = 1;
    const boxes = parts.map((part) => part.getBoundingClientRect());
    const room = window.innerHeight - MARGIN - (boxes.length ? boxes[0].top : 0);
    let group = [];
    for (const [number, part] of parts.entries()) {
      if (group.length && boxes[number].bottom - boxes[group[0]].top > room) {
        if (parts.slice(number).every((later) => !later.contains(last))) break;
        group = [];
      }
      group.push(number);
    }
    parts.forEach((part, number) => part.classList.toggle("off", !group.includes(number)));
  }

  function fit() {
    const slide = slides[at];
    page(slide, steps[at][shown - 1] ?? null);
    const room = window.innerHeight - slide.getBoundingClientRect().top - MARGIN;
    slide.style.zoom = Math.min(1, Math.max(0.4, room / slide.scrollHeight));
  }

  function draw() {
    slides.forEach((slide, number) => slide.classList.toggle("away", number !== at));
    steps[at].forEach((step, number) => step.classList.toggle("covered", number >= shown));
    place.textContent = `${at + 1} / ${slides.length}`;
    fit();
  }

  function on() {
    if (shown < steps[at].length) shown += 1;
    else if (at + 1 < slides.length) [at, shown] = [at + 1, 1];
    draw();
  }

  function back() {
    if (shown > 1) shown -= 1;
    else if (at > 0) [at, shown] = [at - 1, steps[at - 1].length];
    draw();
  }

  function full() {
    if (document.fullscreenElement) document.exitFullscreen();
    else document.documentElement.requestFullscreen?.();
  }

  const keys = {
    ArrowRight: on, ArrowDown: on, PageDown: on, " ": on, Enter: on,
    ArrowLeft: back, ArrowUp: back, PageUp: back, Backspace: back,
    Home: () => { [at, shown] = [0, 1]; draw(); },
    End: () => { at = slides.length - 1; shown = steps[at].length; draw(); },
    f: full,
  };
  document.addEventListener("keydown", (event) => {
    const button = event.target instanceof HTMLButtonElement && [" ", "Enter"].includes(event.key);
    if (event.ctrlKey || event.metaKey || event.altKey || button || !keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  });
  document.getElementById("slides-back").addEventListener("click", back);
  document.getElementById("slides-on").addEventListener("click", on);
  document.getElementById("slides-full").addEventListener("click", full);
  window.addEventListener("resize", fit);
  document.getElementById("slides-controls").hidden = false;
  document.documentElement.classList.add("presented");
  draw();
})();
