// live.hpp: the page that shows a network while it runs. Pure; safe to call from any thread.
//
// The page is served over HTTP, and asks the server that it comes from, and no other:
//
// GET /events answers with text/event-stream (server-sent events), each event's data in one line:
//   event: state    {"run": "a name that no other run has", "processes": ["client", "server"],
//                    "links": {"wan": {"between": ["client", "server"], "cut": false, "enabled": true,
//                                      "up": {"loss": 0.05, "delay": "20ms"}, "down": {}}},
//                    "control": true}
//                   First, and again whenever any of it changes. up and down are the impairments
//                   that are in force, as GET /links/wan tells them; "control": whether
//                   the requests below are answered. Another "run" than before clears the page.
//   event: packet   [12.5, "wan", "up", "client", "server", …]: a row of trace.json, in the order of
//                   its columns (at_ms link direction from to flow nth bytes words fate arrives_ms
//                   why rules occurrence again strike copies_ms head), told when its fate is final;
//                   "again" is the index among the rows of this stream.
//   event: output   [12.5, "server", "listening on 127.0.0.1:4000"]
//   event: event    [0, "server", "starts"]
//   event: end      {"verdict": "fail", "headline": "…"}, either may be missing: nothing more comes.
//   event: left_out {"events": 512}: so many came too fast to be told.
// A line ": …" every few seconds keeps the connection open. A browser that was away asks again,
// forgets what it showed, and gets `state` and what is still kept.
//
// What a person changes, the page asks for as anybody would of the control interface (docs/control.md):
//   PATCH /links/wan/impairments   {"up": {"loss": 0.1, "delay": "50ms"}}
//   POST  /links/wan               {"cut": true}, {"cut": false}
// Answers other than 2xx show the text of their "error" or, without that, the status.
//
// Where a token is needed every request, GET /events too, carries "Authorization: Bearer TOKEN". The
// page takes it from its own address, http://127.0.0.1:8475/#token=TOKEN, which is never sent,
// and asks for it after an answer 401. A browser sends an Origin with what changes something:
// the server accepts its own ("http://" and the Host that it answers to), and no other.
#pragma once

#include <string>
#include <string_view>

namespace badwire::reports {

/// The page's HTML. `title`: what is shown, as a person would call it; it is escaped.
[[nodiscard]] std::string live_page(std::string_view title);

} // namespace badwire::reports
