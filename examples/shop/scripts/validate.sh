#!/bin/sh
# A host that does not serve the shop has not been deployed to: its deployment fails here.
page=${CUTOVER_INSTALL_ROOT:-}/srv/shop/served.html
grep -q '<h1>Shop' "$page" && exit
echo "this is not the shop: $(tail -n 1 "$page")" >&2
exit 1
