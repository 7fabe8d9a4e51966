// gzip in memory, with a cap on what may come out of a small file.
// SPDX-License-Identifier: Apache-2.0
#include "CPlatform.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { GZIP_WINDOW = 15 + 16, GZIP_FIRST_BLOCK = 64 * 1024 };

// Makes room for more output; `cap` is the most that may come out.
static int grow(unsigned char **buffer, size_t *capacity, size_t cap) {
    if (*capacity > cap) return CPLATFORM_GZIP_TOO_LARGE;
    size_t wanted = *capacity == 0 ? GZIP_FIRST_BLOCK : *capacity <= SIZE_MAX / 2 ? *capacity * 2 : SIZE_MAX;
    if (wanted > cap) wanted = cap < SIZE_MAX ? cap + 1 : cap;
    unsigned char *larger = realloc(*buffer, wanted);
    if (larger == NULL) return CPLATFORM_GZIP_NO_MEMORY;
    *buffer = larger;
    *capacity = wanted;
    return CPLATFORM_GZIP_OK;
}

int cplatform_gunzip(const void *bytes, size_t count, size_t cap, void **output, size_t *output_count) {
    z_stream stream;
    memset(&stream, 0, sizeof stream);
    if (inflateInit2(&stream, GZIP_WINDOW) != Z_OK) return CPLATFORM_GZIP_NO_MEMORY;

    const unsigned char *input = bytes;
    unsigned char *buffer = NULL;
    size_t capacity = 0, produced = 0, left = count;
    int result = CPLATFORM_GZIP_OK, member_open = 1;
    while (result == CPLATFORM_GZIP_OK) {
        if (produced == capacity) {
            result = grow(&buffer, &capacity, cap);
            if (result != CPLATFORM_GZIP_OK) break;
        }
        size_t room = capacity - produced < UINT32_MAX ? capacity - produced : UINT32_MAX;
        size_t chunk = left < UINT32_MAX ? left : UINT32_MAX;
        stream.next_in = (Bytef *)(input + (count - left));
        stream.avail_in = (uInt)chunk;
        stream.next_out = buffer + produced;
        stream.avail_out = (uInt)room;
        int code = inflate(&stream, Z_NO_FLUSH);
        left -= chunk - stream.avail_in;
        produced += room - stream.avail_out;
        if (produced > cap) {
            result = CPLATFORM_GZIP_TOO_LARGE;
        } else if (code == Z_STREAM_END) {
            if (left == 0) {
                member_open = 0;
                break;
            }
            if (inflateReset(&stream) != Z_OK) result = CPLATFORM_GZIP_CORRUPT;
        } else if (code == Z_MEM_ERROR) {
            result = CPLATFORM_GZIP_NO_MEMORY;
        } else if (code != Z_OK && !(code == Z_BUF_ERROR && stream.avail_out == 0)) {
            result = CPLATFORM_GZIP_CORRUPT;
        } else if (left == 0 && stream.avail_out > 0) {
            break; // cut short
        }
    }
    inflateEnd(&stream);
    if (result == CPLATFORM_GZIP_OK && member_open) result = CPLATFORM_GZIP_CORRUPT;
    if (result != CPLATFORM_GZIP_OK) {
        free(buffer);
        return result;
    }
    *output = buffer;
    *output_count = produced;
    return CPLATFORM_GZIP_OK;
}

int cplatform_gzip(const void *bytes, size_t count, int level, void **output, size_t *output_count) {
    z_stream stream;
    gz_header header;
    memset(&stream, 0, sizeof stream);
    memset(&header, 0, sizeof header);
    header.os = 255; // unknown: the file must not depend on the machine
    if (count > UINT32_MAX / 2) return CPLATFORM_GZIP_TOO_LARGE;
    if (deflateInit2(&stream, level, Z_DEFLATED, GZIP_WINDOW, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
        return CPLATFORM_GZIP_NO_MEMORY;
    }
    deflateSetHeader(&stream, &header);
    size_t capacity = deflateBound(&stream, count);
    unsigned char *buffer = malloc(capacity);
    if (buffer == NULL) {
        deflateEnd(&stream);
        return CPLATFORM_GZIP_NO_MEMORY;
    }
    stream.next_in = (Bytef *)bytes;
    stream.avail_in = (uInt)count;
    stream.next_out = buffer;
    stream.avail_out = (uInt)capacity;
    int code = deflate(&stream, Z_FINISH);
    *output = buffer;
    *output_count = stream.total_out;
    deflateEnd(&stream);
    if (code == Z_STREAM_END) return CPLATFORM_GZIP_OK;
    free(buffer);
    return CPLATFORM_GZIP_NO_MEMORY;
}
