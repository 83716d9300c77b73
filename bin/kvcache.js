#!/usr/bin/env node
import '../dist/src/cli/shell/main.js';
