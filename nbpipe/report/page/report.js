"use strict";
(() => {
  const all = (selector) => document.querySelectorAll(selector);

  // lines that belong together
  const isIn = (line, side) => {
    const [inner, outer] = [line.getBoundingClientRect(), side.getBoundingClientRect()];
    return inner.bottom > outer.top && inner.top < outer.bottom;
  };
  const bring = (line, side) => {
    side.scrollTop += line.getBoundingClientRect().top - side.getBoundingClientRect().top - side.clientHeight / 3;
  };
  let lit;
  const light = (statement, from) => {
    if (statement === lit) return;
    lit = statement;
    for (const line of all(".line.joined")) line.classList.remove("joined");
    if (!statement) return;
    for (const line of all(".line[data-s]")) if (line.dataset.s === statement) line.classList.add("joined");
    for (const side of all(".side")) {
      const joined = [...side.querySelectorAll(".line.joined")].filter((line) => line.offsetParent);
      if (side !== from && joined.length && !joined.some((line) => isIn(line, side))) bring(joined[0], side);
    }
  };
  const statementOf = (event) => event.target.closest?.(".line[data-s]")?.dataset.s;
  const sides = document.querySelector(".sides");
  sides.addEventListener("mouseover", (event) => light(statementOf(event), event.target.closest(".side")));
  sides.addEventListener("mouseleave", () => light());
  sides.addEventListener("focusin", (event) => light(statementOf(event), event.target.closest(".side")));

  // the number of a line leads to the other side, without moving the page
  sides.addEventListener("click", (event) => {
    const link = event.target.closest("a.at");
    const target = link && document.getElementById(link.getAttribute("href").slice(1));
    if (!target) return;
    event.preventDefault();
    target.closest("details")?.setAttribute("open", "");
    bring(target, target.closest(".side"));
    target.querySelector("a.at")?.focus({ preventScroll: true });
  });

  // a stage in the picture
  const graph = document.getElementById("graph");
  const wires = (stage) => {
    for (const wire of all(".wire")) wire.classList.toggle("lit", stage !== undefined && (wire.dataset.from === stage || wire.dataset.to === stage));
  };
  for (const kind of ["mouseover", "focusin"]) graph.addEventListener(kind, (event) => wires(event.target.closest(".box")?.dataset.stage));
  graph.addEventListener("mouseleave", () => wires());

  // moving and zooming it
  const whole = graph.getAttribute("viewBox").split(" ").map(Number);
  let view = [...whole];
  const show = () => graph.setAttribute("viewBox", view.join(" "));
  const zoom = (factor, x = 0.5, y = 0.5) => {
    if (!factor) view = [...whole];
    else view = [view[0] + view[2] * (1 - factor) * x, view[1] + view[3] * (1 - factor) * y, view[2] * factor, view[3] * factor];
    show();
  };
  const tools = document.getElementById("zoom");
  tools.hidden = false;
  tools.addEventListener("click", (event) => event.target.dataset.zoom !== undefined && zoom(Number(event.target.dataset.zoom)));
  graph.addEventListener("wheel", (event) => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    const box = graph.getBoundingClientRect();
    zoom(event.deltaY < 0 ? 0.9 : 1.1, (event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
  }, { passive: false });
  let start = null;
  graph.addEventListener("pointerdown", (event) => { if (!event.target.closest(".box")) start = [event.clientX, event.clientY, ...view]; });
  window.addEventListener("pointerup", () => { start = null; });
  graph.addEventListener("pointermove", (event) => {
    if (!start) return;
    const scale = view[2] / graph.getBoundingClientRect().width;
    view[0] = start[2] - (event.clientX - start[0]) * scale;
    view[1] = start[3] - (event.clientY - start[1]) * scale;
    show();
  });

  // light or dark
  const theme = document.getElementById("theme");
  theme.hidden = false;
  theme.addEventListener("click", () => {
    const root = document.documentElement;
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
  });
})();
