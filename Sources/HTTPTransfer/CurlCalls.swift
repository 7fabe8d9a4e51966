// Every libcurl call of the daemon goes through here, and asks first whether it is the one that must fail.
// SPDX-License-Identifier: Apache-2.0

internal import CCurl
internal import CLibCurl
internal import FailPoints
internal import Glibc

/// The only file that names libcurl functions. Calls that can fail ask ``CallFault`` first; calls that give
/// something back (remove, cleanup, free) cannot fail and do not ask.
enum CurlCalls {
    typealias Easy = UnsafeMutableRawPointer
    typealias Multi = UnsafeMutableRawPointer
    typealias List = UnsafeMutablePointer<curl_slist>

    /// `curl_global_init` once, and SIGPIPE ignored: with NOSIGNAL libcurl does not ignore it itself.
    static let processIsReady: Bool = {
        signal(SIGPIPE, SIG_IGN)
        return curl_global_init(Int(CURL_GLOBAL_ALL)) == CURLE_OK
    }()

    // MARK: Multi handle

    static func makeMulti() -> Multi? {
        CallFault.strikes(.libcurl) ? nil : curl_multi_init()
    }

    static func add(_ easy: Easy, to multi: Multi) -> CURLMcode {
        CallFault.strikes(.libcurl) ? CURLM_OUT_OF_MEMORY : curl_multi_add_handle(multi, easy)
    }

    static func remove(_ easy: Easy, from multi: Multi) {
        curl_multi_remove_handle(multi, easy)
    }

    static func perform(_ multi: Multi) -> CURLMcode {
        var running: CInt = 0
        return CallFault.strikes(.libcurl) ? CURLM_OUT_OF_MEMORY : curl_multi_perform(multi, &running)
    }

    static func poll(_ multi: Multi, milliseconds: CInt) -> CURLMcode {
        CallFault.strikes(.libcurl) ? CURLM_OUT_OF_MEMORY : curl_multi_poll(multi, nil, 0, milliseconds, nil)
    }

    /// The only call that another thread than the owner of the multi handle may make.
    static func wakeUp(_ multi: Multi) {
        curl_multi_wakeup(multi)
    }

    /// The next finished transfer, if any.
    static func nextDone(_ multi: Multi) -> (easy: Easy, result: CURLcode)? {
        if CallFault.strikes(.libcurl) { return nil }
        var left: CInt = 0
        while let message = curl_multi_info_read(multi, &left) {
            if message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle {
                return (easy, message.pointee.data.result)
            }
        }
        return nil
    }

    static func cleanUp(multi: Multi) {
        curl_multi_cleanup(multi)
    }

    // MARK: Easy handle

    static func makeEasy() -> Easy? {
        CallFault.strikes(.libcurl) ? nil : curl_easy_init()
    }

    static func cleanUp(easy: Easy) {
        curl_easy_cleanup(easy)
    }

    static func set(_ easy: Easy, _ option: CURLoption, _ value: Int) -> CURLcode {
        CallFault.strikes(.libcurl) ? CURLE_OUT_OF_MEMORY : ccurl_set_long(easy, option, value)
    }

    static func set(_ easy: Easy, _ option: CURLoption, offset value: Int) -> CURLcode {
        CallFault.strikes(.libcurl) ? CURLE_OUT_OF_MEMORY : ccurl_set_offset(easy, option, value)
    }

    static func set(_ easy: Easy, _ option: CURLoption, _ value: String) -> CURLcode {
        CallFault.strikes(.libcurl) ? CURLE_OUT_OF_MEMORY : ccurl_set_text(easy, option, value)
    }

    static func set(_ easy: Easy, _ option: CURLoption, pointer: UnsafeMutableRawPointer?) -> CURLcode {
        CallFault.strikes(.libcurl) ? CURLE_OUT_OF_MEMORY : ccurl_set_pointer(easy, option, pointer)
    }

    static func set(_ easy: Easy, _ option: CURLoption, list: List?) -> CURLcode {
        CallFault.strikes(.libcurl) ? CURLE_OUT_OF_MEMORY : ccurl_set_list(easy, option, list)
    }

    static func set(_ easy: Easy, _ option: CURLoption, sink: @escaping ccurl_sink) -> CURLcode {
        CallFault.strikes(.libcurl) ? CURLE_OUT_OF_MEMORY : ccurl_set_sink(easy, option, sink)
    }

    static func set(_ easy: Easy, opener: @escaping curl_opensocket_callback) -> CURLcode {
        CallFault.strikes(.libcurl) ? CURLE_OUT_OF_MEMORY : ccurl_set_opener(easy, opener)
    }

    static func set(_ easy: Easy, closer: @escaping curl_closesocket_callback) -> CURLcode {
        CallFault.strikes(.libcurl) ? CURLE_OUT_OF_MEMORY : ccurl_set_closer(easy, closer)
    }

    static func set(_ easy: Easy, beforeRequest: @escaping curl_prereq_callback) -> CURLcode {
        CallFault.strikes(.libcurl) ? CURLE_OUT_OF_MEMORY : ccurl_set_before_request(easy, beforeRequest)
    }

    static func long(_ easy: Easy, _ info: CURLINFO) -> Int? {
        if CallFault.strikes(.libcurl) { return nil }
        var value = 0
        return ccurl_get_long(easy, info, &value) == CURLE_OK ? value : nil
    }

    static func offset(_ easy: Easy, _ info: CURLINFO) -> Int? {
        if CallFault.strikes(.libcurl) { return nil }
        var value: curl_off_t = 0
        return ccurl_get_offset(easy, info, &value) == CURLE_OK ? Int(value) : nil
    }

    // MARK: Lists and words

    /// The list with one line more, or `nil` when there is no memory; the list given stays valid then.
    static func append(_ line: String, to list: List?) -> List? {
        CallFault.strikes(.libcurl) ? nil : curl_slist_append(list, line)
    }

    static func free(_ list: List?) {
        curl_slist_free_all(list)
    }

    static func words(for code: CURLcode) -> String {
        guard let text = curl_easy_strerror(code) else { return "unknown libcurl error" }
        return String(cString: text)
    }
}
