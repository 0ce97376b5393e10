-- Sends the bodies of a file, one after another; each thread begins elsewhere. When a body is a pair, it is a step and the step
-- back: a thread then has items of its own, so that none is asked for a step that it has already taken.
local all = {}

function setup(thread)
   thread:set("number", #all)
   table.insert(all, thread)
end

function init(arguments)
   local given, threads = dofile(arguments[1]), tonumber(arguments[2])
   requests, position, pass, failed = {}, 0, 1, 0
   for index, body in ipairs(given) do
      if type(body) == "string" then
         requests[#requests + 1] = { wrk.format("POST", nil, nil, body) }
      elseif index % threads == number then
         requests[#requests + 1] = { wrk.format("POST", nil, nil, body[1]), wrk.format("POST", nil, nil, body[2]) }
      end
   end
   if requests[1] and requests[1][2] then
      -- Reading answers costs wrk time, so only changes are looked at: an error would not show in the status.
      function response(_, _, body)
         if body:find('"errors"', 1, true) then failed = failed + 1 end
      end
   else
      position = math.floor(#requests * number / threads)
   end
end

function request()
   -- The first thread is asked for a request once before it starts, which is looked at and not sent.
   if number == 0 and not looked_at then
      looked_at = true
      return requests[1][1]
   end
   position = position + 1
   if position > #requests then position, pass = 1, pass + 1 end
   local steps = requests[position]
   return steps[2] and steps[(pass - 1) % 2 + 1] or steps[1]
end

function done(summary, latency)
   local errors = summary.errors
   local failures = errors.connect + errors.read + errors.write + errors.status + errors.timeout
   for _, thread in ipairs(all) do failures = failures + thread:get("failed") end
   io.write(string.format('\nresult {"requests":%d,"micros":%d,"failures":%d,"p50":%d,"p99":%d}\n',
      summary.requests, summary.duration, failures, latency:percentile(50), latency:percentile(99)))
end
