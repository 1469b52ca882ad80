# Varnish in front of the newsroom, told what changed. The newsroom's side:
#   SURROGATE_KEY_HEADER=xkey  CDN_PURGE_METHOD=PURGE  CDN_PURGE_URL=http://127.0.0.1:6081/
#
# It needs no module. With varnish-modules, “import xkey;” and xkey.purge(req.http.xkey) in place of the ban cost less
# where there are very many pages.
vcl 4.1;

import std;

backend newsroom {
    .host = "127.0.0.1";
    .port = "8000";
    .probe = { .url = "/healthz"; .interval = 2s; .timeout = 1s; }
}

acl newsroom_itself {
    "127.0.0.1";
    "::1";
}

sub vcl_recv {
    if (req.method == "PURGE") {
        if (client.ip !~ newsroom_itself) {
            return (synth(403));
        }
        set req.http.xkey = regsuball(req.http.xkey, "[^a-z0-9: _-]", "");
        if (req.http.xkey !~ "[a-z]") {
            return (synth(400));
        }
        ban("obj.http.xkey ~ (^|\s)(" + regsuball(req.http.xkey, "\s+", "|") + ")(\s|$)");
        return (synth(200, "Dropped"));
    }
    unset req.http.xkey;
    if (req.method != "GET" && req.method != "HEAD") {
        return (pass);
    }
    if (req.http.Cookie ~ "(^|;\s*)sessionid=") {
        return (pass);
    }
    if (req.url !~ "^/(comments|admin)/") {
        unset req.http.Cookie;  # readers' pages are the same for everyone
    }
    # What is past its time is shown for ten seconds while it is fetched anew, and for a day while nobody answers.
    if (std.healthy(req.backend_hint)) {
        set req.grace = 10s;
    }
}

sub vcl_backend_response {
    if (beresp.http.Cache-Control !~ "max-age") {
        set beresp.uncacheable = true;  # an address that is not here may be in a minute
        return (deliver);
    }
    set beresp.grace = 0s;  # by then the clock has made it another page
    if (beresp.http.Cache-Control ~ "stale-if-error") {
        set beresp.grace = 24h;
    }
}

sub vcl_deliver {
    unset resp.http.xkey;
    set resp.http.X-Front = obj.hits;
}
