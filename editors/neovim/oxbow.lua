-- MeTTa in Neovim 0.7 or newer: the file type, and the language server for each program that is opened.
-- Load it from init.lua: dofile("/path/to/oxbow.lua"). The server is started as vim.g.oxbow_command says,
-- { "npx", "oxbow", "lsp" } unless set.

vim.api.nvim_create_autocmd({ "BufRead", "BufNewFile" }, {
  pattern = "*.metta",
  callback = function(event)
    vim.bo[event.buf].filetype = "metta"
  end,
})

local function root_of(file)
  local folder = vim.fn.fnamemodify(file, ":p:h")
  local git = vim.fn.finddir(".git", folder .. ";")
  return git == "" and folder or vim.fn.fnamemodify(git, ":p:h:h")
end

-- One server for the programs of one root.
local clients = {}

local function attach(buffer)
  local root = root_of(vim.api.nvim_buf_get_name(buffer))
  local client = clients[root]
  if client == nil or vim.lsp.get_client_by_id(client) == nil then
    client = vim.lsp.start_client({
      name = "oxbow",
      cmd = vim.g.oxbow_command or { "npx", "oxbow", "lsp" },
      root_dir = root,
      workspace_folders = { { uri = vim.uri_from_fname(root), name = root } },
    })
    clients[root] = client
  end
  if client ~= nil then
    vim.lsp.buf_attach_client(buffer, client)
  end
end

vim.api.nvim_create_autocmd("FileType", {
  pattern = "metta",
  callback = function(event)
    vim.bo[event.buf].commentstring = "; %s"
    vim.bo[event.buf].lisp = true
    attach(event.buf)
  end,
})

-- Names that mean something are coloured by the server from Neovim 0.9 on; this is for what has gone before.
vim.api.nvim_create_autocmd("Syntax", {
  pattern = "metta",
  callback = function()
    vim.cmd([[
      syntax match mettaComment /;.*$/
      syntax region mettaString start=/"/ skip=/\\./ end=/"/
      syntax match mettaVariable /\$[^ \t()";]*/
      syntax match mettaNumber /\<[-+]\?\d\+\(\.\d\+\)\?\>/
      highlight default link mettaComment Comment
      highlight default link mettaString String
      highlight default link mettaVariable Identifier
      highlight default link mettaNumber Number
    ]])
  end,
})
