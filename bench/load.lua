-- Requests for wrk: paths at random from a file, one a line; the result as JSON.
--
--   wrk ... -s load.lua URL -- PATHS [TOKEN]

local requests = {}

function init(arguments)
   if arguments[2] then
      wrk.headers["Authorization"] = "Bearer " .. arguments[2]
   end
   for path in io.lines(arguments[1]) do
      requests[#requests + 1] = wrk.format("GET", path)
   end
   math.randomseed(1)
end

function request()
   return requests[math.random(#requests)]
end

function done(summary, latency, _)
   local errors = summary.errors
   local lost = errors.connect + errors.read + errors.write + errors.timeout
   io.write(string.format(
      '{"Requests": %d, "Seconds": %f, "Failures": %d, "NotOK": %d,'
         .. ' "P50": %f, "P99": %f}\n',
      summary.requests, summary.duration / 1e6, lost, errors.status,
      latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
