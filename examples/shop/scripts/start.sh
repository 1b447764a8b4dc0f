#!/bin/sh
# Stands for starting a service: from now on this page is the one that is served.
place=${CUTOVER_INSTALL_ROOT:-}/srv/shop
cp "$place/index.html" "$place/served.html"
