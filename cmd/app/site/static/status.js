// Keeps the page up to date from status.json. Everything that it shows is
// written by the server; only the curve is drawn here.
"use strict";

(() => {
  const interval = 2000; // ms between two questions
  const patience = 5000; // ms that an answer may take
  const samples = [];
  const maxSamples = 60;
  let heard = Date.now();

  const $ = (selector) => document.querySelector(selector);

  function element(tag, className, text) {
    const e = document.createElement(tag);
    if (className) e.className = className;
    if (text) e.textContent = text;
    return e;
  }

  // setText touches the page only where something changed, so that screen
  // readers announce nothing else.
  function setText(e, text) {
    if (e.textContent !== text) e.textContent = text;
  }

  function checkRow(check) {
    const row = element("li");
    row.dataset.ok = check.ok;
    const lamp = element("i", "lamp");
    lamp.setAttribute("aria-hidden", "true");
    row.append(lamp, element("b", "", check.name), " ", element("span", "verdict", check.verdict), " ",
      element("span", "latency", check.latency));
    if (check.error) row.append(element("p", "reason", check.error));
    return row;
  }

  function draw() {
    const curve = $(".curve");
    if (samples.length < 3) return;
    const top = Math.max(...samples, 1);
    const points = samples.map((y, i) => {
      const x = 120 - (samples.length - 1 - i) * (120 / (maxSamples - 1));
      return `${x.toFixed(2)} ${(39 - 36 * (y / top)).toFixed(2)}`;
    });
    const first = points[0].split(" ")[0];
    curve.querySelector(".line").setAttribute("d", "M" + points.join("L"));
    curve.querySelector(".fill").setAttribute("d", `M${first} 40L${points.join("L")}L120 40Z`);
    curve.removeAttribute("hidden");
  }

  function show(status) {
    for (const e of document.querySelectorAll("[data-text]")) setText(e, status[e.dataset.text]);
    document.title = `${status.state} · ${status.name}`;
    document.body.dataset.tone = status.tone;
    $(".checks ul").replaceChildren(...status.checks.map(checkRow));
    $(".checks .none").hidden = status.checks.length > 0;
    samples.push(status.per_second);
    if (samples.length > maxSamples) samples.shift();
    draw();
    setText($("[data-fresh]"), "Live");
  }

  function lost() {
    const seconds = Math.round((Date.now() - heard) / 1000);
    document.body.dataset.tone = "none";
    document.title = "No answer";
    setText($("[data-text=state]"), "No answer");
    setText($("[data-text=summary]"), "The service has not answered this page since the figures below were current.");
    setText($("[data-fresh]"), `Last heard ${seconds} s ago`);
  }

  async function ask() {
    try {
      const answer = await fetch("status.json", { cache: "no-store", signal: AbortSignal.timeout(patience) });
      if (!answer.ok) throw new Error(answer.statusText);
      show(await answer.json());
      heard = Date.now();
    } catch {
      if (Date.now() - heard > 2 * interval) lost();
    }
  }

  // A page that nobody looks at asks nothing.
  async function loop() {
    if (!document.hidden) await ask();
    setTimeout(loop, interval);
  }

  document.addEventListener("visibilitychange", () => { if (!document.hidden) ask(); });
  loop();
})();
