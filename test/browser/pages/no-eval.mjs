/** Says in the title what becomes of generated code. */
try {
  // oxlint-disable-next-line typescript/no-implied-eval
  document.title = `generated ${typeof new Function()}`;
} catch (error) {
  document.title = error.name;
}
