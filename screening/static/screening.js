"use strict";
// No page needs this script. It adds a quicker way out, a word before answers lapse or are dropped, printing and copying.
(function () {
  var leave = document.querySelector("a.leave");
  var lapse = document.getElementById("lapse");
  var unsent = document.getElementById("unsent");

  // What is written here is read out. It must be there, empty, before that.
  var heard = document.createElement("p");
  heard.className = "unseen";
  heard.setAttribute("aria-live", "polite");
  document.body.appendChild(heard);

  // Blank first: on a slow line the next page takes its time.
  function go(address) {
    document.documentElement.hidden = true;
    location.replace(address);
  }

  function onPress(id, press) {
    var button = document.getElementById(id);
    if (button) button.onclick = press;
  }

  if (leave) {
    var hint = document.getElementById("by-shift");
    var counts = hint.dataset.say.split("|");
    var presses = 0;
    var alone, held, waiting;
    var forget = function () {
      if (presses) heard.textContent = "";
      presses = 0;
      alone = held = false;
    };
    leave.setAttribute("aria-describedby", hint.id);
    // A press counts once it is over, if it was nothing else: no other key or click with it, and nobody was writing.
    document.addEventListener("keydown", function (event) {
      var shifts = event.key === "Shift";
      var writes = event.target.isContentEditable || event.target.selectionStart != null;
      if (shifts && !event.repeat && !held && !writes) {
        alone = true;
        return;
      }
      // Of Caps Lock a browser may tell only later that it was let go.
      var holds = held || (!shifts && event.key !== "CapsLock");
      forget();
      held = holds;
    });
    document.addEventListener("keyup", function (event) {
      if (event.key !== "Shift") held = false;
      else if (alone) {
        alone = false;
        heard.textContent = counts[presses];
        presses += 1;
        clearTimeout(waiting);
        waiting = setTimeout(forget, 2000);
        if (presses === 3) go(leave.href);
      }
    });
    ["mousedown", "wheel", "blur"].forEach(function (event) { window.addEventListener(event, forget); });
  }

  if (lapse && window.fetch) {
    var told = lapse.querySelector("p");
    var words = told.dataset;
    var over, last;
    var tell = function (text) {
      told.textContent = heard.textContent = text;
    };
    var lasts = function (seconds) {
      over = Date.now() + seconds * 1000;
    };
    var look = function () {
      var left = (over - Date.now()) / 60000;
      if (left <= 0) return go("./");
      var now = words.minutes.split(" ").filter(function (some) { return left <= some; }).pop();
      if (now && now !== last) tell(words.say.replace("#", now));
      last = now;
      // The button does not vanish under the finger that pressed it.
      lapse.hidden = !now && !lapse.contains(document.activeElement);
    };
    onPress("keep", function () {
      fetch("/keep", { redirect: "manual" }).then(function (answer) {
        if (!answer.ok) return go("./");
        return answer.text().then(lasts).then(function () { tell(words.sayKept); });
      }).catch(function () { tell(words.sayAway); });
    });
    lasts(document.querySelector("meta[name=lapses-in]").content);
    // A phone that slept wakes late, and a page that Back brings whole has kept its old time.
    setInterval(look, 10000);
    document.addEventListener("visibilitychange", look);
    window.addEventListener("pageshow", look);
  }

  if (unsent) {
    var form = document.getElementById("form");
    var warning = unsent.textContent;
    // After a mistake or in another language, the page came with what was never sent. Then the words stand there bare.
    var came = !unsent.children.length;
    var compare = function () {
      var differs = came || [].some.call(form.elements, function (one) { return one.checked !== one.defaultChecked; });
      // Written once, it is read out once.
      if (!unsent.textContent === differs) unsent.textContent = differs ? warning : "";
    };
    unsent.textContent = "";
    compare();
    form.addEventListener("change", compare);
    [].forEach.call(document.links, function (link) {
      if (link.host && !link.hash && link !== leave) link.setAttribute("aria-describedby", unsent.id);
    });
  }

  onPress("print", function () { print(); });
  onPress("copy", function () {
    getSelection().selectAllChildren(document.querySelector(".code, .link code"));
    this.textContent = heard.textContent = document.execCommand("copy") ? this.dataset.say : this.dataset.sayNot;
  });
  // A control is offered only where the browser can do it.
  var can = { print: window.print, copy: document.queryCommandSupported && document.queryCommandSupported("copy") };
  [].forEach.call(document.querySelectorAll(".scripted"), function (one) {
    var control = one.id ? one : one.querySelector("button");
    one.hidden = control && !can[control.id];
  });
})();
