// libxlsxwriter as Debian ships it (libxlsxwriter-dev).
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <xlsxwriter.h>
