// Steps through slides: arrow keys uncover and cover, f fills the screen. On paper all is shown.
(() => {
  const slides = [...document.querySelectorAll(".slide")];
  const steps = slides.map((slide) => [...slide.querySelectorAll(".step, .step tbody tr")]);
  const place = document.getElementById("slides-place");
  const MARGIN = 48;  // above and below a slide; the buttons are there
  const LEAST = 0.3;
  let at = 0;
  let shown = 1;
  const pages = slides.map(() => null);  // of each slide in this window, once it was shown
  let current = null;

  // What a slide is cut between: its steps, and a table's rows, under their heading again.
  function units(slide) {
    return [...slide.querySelectorAll(":scope > .step")].flatMap((step) => {
      const rows = [...step.querySelectorAll("tbody tr")];
      const box = step.getBoundingClientRect();
      if (!rows.length) return [{ part: step, top: box.top, bottom: box.bottom }];
      const boxes = rows.map((row) => row.getBoundingClientRect());
      const above = boxes[0].top - box.top;
      const below = box.bottom - boxes.at(-1).bottom;
      return rows.map((part, number) => (
        { part, top: boxes[number].top - above, bottom: boxes[number].bottom + below }));
    });
  }

  // The parts of a slide that fit its height go together.
  function cut(slide) {
    const parts = units(slide);
    const room = window.innerHeight - MARGIN - (parts.length ? parts[0].top : 0);
    const found = [];
    let top = 0;
    for (const { part, top: above, bottom } of parts) {
      if (!found.length || bottom - top > room) {
        found.push({ parts: [], zoom: 0 });
        top = above;
      }
      found.at(-1).parts.push(part);
    }
    return found.length ? found : [{ parts: [], zoom: 0 }];
  }

  // Smaller where one part alone is too large; more than once, as lines break anew.
  function zoomed(slide) {
    const boxes = [...slide.querySelectorAll(".scroll")].filter((box) => box.clientWidth);
    let zoom = 1;
    for (let tries = 0; tries < 6 && zoom > LEAST; tries += 1) {
      const high = document.documentElement.scrollHeight - 2 * MARGIN;
      const least = Math.min(
        (window.innerHeight - 2 * MARGIN) / high, ...boxes.map((box) => box.clientWidth / box.scrollWidth));
      if (least > 0.999) break;
      zoom = Math.max(LEAST, zoom * least * 0.99);
      slide.style.zoom = zoom;
    }
    return zoom;
  }

  // What is before and after the page of the last step is not shown; all is measured once.
  function fit() {
    const slide = slides[at];
    if (!pages[at]) {
      slide.querySelectorAll(".off").forEach((part) => part.classList.remove("off"));
      slide.style.zoom = 1;
      pages[at] = cut(slide);
    }
    const last = steps[at][shown - 1] ?? slide;
    const holds = (part) => last.contains(part) || part.contains(last);
    const page = pages[at].find(({ parts }) => parts.some(holds)) ?? pages[at][0];
    if (page === current) return;
    current = page;
    for (const each of pages[at]) {
      each.parts.forEach((part) => part.classList.toggle("off", each !== page));
    }
    for (const step of slide.querySelectorAll(":scope > .step")) {
      const rows = [...step.querySelectorAll("tbody tr")];
      if (rows.length) step.classList.toggle("off", rows.every((row) => row.matches(".off")));
    }
    slide.style.zoom = page.zoom || 1;
    page.zoom ||= zoomed(slide);
  }

  function anew() {
    pages.fill(null);
    current = null;
    fit();
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
  window.addEventListener("resize", anew);
  document.getElementById("slides-controls").hidden = false;
  document.documentElement.classList.add("presented");
  draw();
})();
