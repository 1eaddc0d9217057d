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
  // Back from a submission, the keyboard is on its row.
  var row = document.getElementById(location.hash.slice(1));
  if (row && row !== list && list.contains(row)) row.querySelector("a").focus();
  [].forEach.call(document.querySelectorAll(".scripted"), function (one) { one.hidden = false; });
})();
