"""The machinery that turns chapters into a site. The science never imports it."""
