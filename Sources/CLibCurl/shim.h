// libcurl as Debian ships it (libcurl4-openssl-dev).
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <curl/curl.h>
