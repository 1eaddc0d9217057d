// Printing is offered by a button only where a script can do it; elsewhere the page says how.
const print = document.getElementById("print");
print.hidden = false;
print.addEventListener("click", () => window.print());
