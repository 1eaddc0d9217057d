"use strict";
// Staff's list by single keys, only while the focus is in it: elsewhere a letter may mean something to somebody's browser.
(function () {
  var list = document.getElementById("list");
  var links = [].slice.call(list.querySelectorAll(".records a"));
  list.addEventListener("keydown", function (event) {
    var step = { j: 1, k: -1 }[event.key];
    if (!step || event.ctrlKey || event.altKey || event.metaKey) return;
    // From the list itself, which is no row, j goes to the first.
    var next = links[links.indexOf(document.activeElement) + step];
    if (next) next.focus();
  });
  [].forEach.call(document.querySelectorAll(".scripted"), function (one) { one.hidden = false; });
})();
