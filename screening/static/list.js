"use strict";
// Keyboard navigation of staff's list, only while it has the focus, since letters may be browser shortcuts elsewhere.
(function () {
  var list = document.getElementById("list");
  if (!list) return;
  var links = [].slice.call(list.querySelectorAll(".records a"));
  list.addEventListener("keydown", function (event) {
    var step = { j: 1, k: -1 }[event.key];
    if (!step || event.ctrlKey || event.altKey || event.metaKey) return;
    // The list itself has index -1, so j goes from it to the first row.
    var next = links[links.indexOf(document.activeElement) + step];
    if (next) next.focus();
  });
  // Back from a submission, the focus is on its row. Earlier than this, the browser would take it away again.
  addEventListener("load", function () {
    var link = list.querySelector("tr:target a");
    if (link) link.focus();
  });
  [].forEach.call(document.querySelectorAll(".scripted"), function (one) { one.hidden = false; });
})();
