-- Each request has a number of its own, and each answer must be to one that has none yet.
local threads = {}

function setup(thread)
  table.insert(threads, thread)
end

number, wrong, twice = 0, 0, 0
local answered = {}

function delay()
  return 20
end

function request()
  number = number + 1
  return wrk.format("GET", "/" .. number)
end

function response(status, headers, body)
  local given = tonumber(body:match("^%d+ (%d+)$"))
  if status ~= 200 or given == nil then
    wrong = wrong + 1
  elseif answered[given] then
    twice = twice + 1
  else
    answered[given] = true
  end
end

function done(summary, latency)
  local errors = summary.errors
  local thread = threads[1]
  io.write(string.format(
    '\n{"answered":%d,"failed":%d,"reset":%d,"twice":%d,"p99":%.3f,"slowest":%.3f}\n',
    summary.requests, errors.status + errors.timeout + thread:get("wrong"),
    errors.connect + errors.read + errors.write, thread:get("twice"), latency:percentile(99) / 1000, latency.max / 1000))
end
