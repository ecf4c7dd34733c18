-- Opens a program as a person would, and writes what the editor then knows as JSON. Started by neovim.test.ts.
local told = {}
local function wait(what, condition)
  if not vim.wait(30000, condition, 20) then
    told.missing = what
  end
end
local function ask(method, params)
  local answers = vim.lsp.buf_request_sync(0, method, params, 30000) or {}
  for _, answer in pairs(answers) do
    return answer.result
  end
end

vim.o.swapfile = false
vim.cmd("filetype on")
vim.cmd("edit " .. vim.env.OXBOW_PROGRAM)
told.filetype = vim.bo.filetype
wait("a diagnostic", function()
  return #vim.diagnostic.get(0) == 1
end)
told.diagnostic = (vim.diagnostic.get(0)[1] or {}).message

vim.api.nvim_win_set_cursor(0, { 2, 2 })
vim.cmd("normal! cwhalf")
wait("no diagnostic", function()
  return #vim.diagnostic.get(0) == 0
end)
vim.api.nvim_win_set_cursor(0, { 2, 3 })
local here = vim.lsp.util.make_position_params(0, "utf-16")
told.hover = (ask("textDocument/hover", here) or { contents = {} }).contents.value
told.definition = (ask("textDocument/definition", here) or {})[1]
local lens = (ask("textDocument/codeLens", { textDocument = here.textDocument }) or {})[1]
if lens ~= nil then
  told.run = ask("workspace/executeCommand", {
    command = lens.command.command,
    arguments = lens.command.arguments,
  })
end
local edits = ask("textDocument/formatting", {
  textDocument = here.textDocument,
  options = { tabSize = 2, insertSpaces = true },
})
vim.lsp.util.apply_text_edits(edits or {}, 0, "utf-16")
told.text = table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), "\n")
vim.fn.writefile({ vim.fn.json_encode(told) }, vim.env.OXBOW_TOLD)
vim.cmd("qall!")
