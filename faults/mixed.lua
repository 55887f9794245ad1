-- Requests for wrk: what clients read, and now and then a head that nobody should send.
--
--   wrk ... -s mixed.lua URL -- PATHS TOKEN SEED

local requests, hostile = {}, {}

local function hostile_heads(token)
   local get = "GET /v2/ HTTP/1.1\r\nHost: localhost\r\n"
   return {
      "GET /v2/\r\n\r\n",
      "GET  /v2/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
      "GET /v2/ HTTP/9.9\r\nHost: localhost\r\n\r\n",
      "\1\2\3\4 /v2/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
      "GET /v2/\0 HTTP/1.1\r\nHost: localhost\r\n\r\n",
      "GET /v2/%zz%00%ff/_trust/tuf/root.json HTTP/1.1\r\nHost: localhost\r\n\r\n",
      "GET /v2/../../../etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n",
      get .. "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
      get .. "Content-Length: -1\r\n\r\n",
      get .. "Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
      get .. "Transfer-Encoding: chunked\r\n\r\nzz\r\n",
      get .. "no colon\r\n\r\n",
      get .. " folded: yes\r\n\r\n",
      get .. "X: " .. string.rep("x", 20000) .. "\r\n\r\n",
      get .. string.rep("X: y\r\n", 2000) .. "\r\n",
      "GET /" .. string.rep("a/", 9000) .. " HTTP/1.1\r\nHost: localhost\r\n\r\n",
      get .. "Authorization: Bearer " .. string.rep("e30.", 3) .. "\r\n\r\n",
      get .. "Authorization: Bearer " .. token:sub(1, -3) .. "AA\r\n\r\n",
      get .. "Authorization: Basic YTpi\r\n\r\n",
      "BREW /v2/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
      "GET /v2/nobody/knows/_trust/tuf/root.json HTTP/1.1\r\nHost: localhost\r\n\r\n",
   }
end

function init(arguments)
   wrk.headers["Authorization"] = "Bearer " .. arguments[2]
   for path in io.lines(arguments[1]) do
      requests[#requests + 1] = wrk.format("GET", path)
   end
   hostile = hostile_heads(arguments[2])
   math.randomseed(tonumber(arguments[3]))
end

function request()
   if math.random() < 0.03 then
      return hostile[math.random(#hostile)]
   end
   return requests[math.random(#requests)]
end

function done(summary)
   local errors = summary.errors
   io.write(string.format(
      '{"requests": %d, "refused": %d, "cut": %d}\n',
      summary.requests, errors.status, errors.read + errors.write))
end
