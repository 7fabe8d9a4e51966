// Gives the header-only shims of CCurl.h a translation unit, so that the compiler checks them once.
// SPDX-License-Identifier: Apache-2.0
#include "CCurl.h"
