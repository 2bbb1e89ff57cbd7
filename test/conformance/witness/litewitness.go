//go:build tools

package main

import _ "filippo.io/torchwood/cmd/litewitness"
