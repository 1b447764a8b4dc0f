#!/bin/sh
# Runs in the next deployment, from the revision that it replaces.
rm -f "${CUTOVER_INSTALL_ROOT:-}/srv/shop/served.html"
