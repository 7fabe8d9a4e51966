// Finds out why the control socket could not be reached.
// SPDX-License-Identifier: Apache-2.0

import Glibc

/// libcurl says only that it could not connect; the file system knows more.
enum SocketProblem {
    /// The error for a socket that could not be connected to.
    static func error(at path: String) -> OperatorError {
        var status = stat()
        guard stat(path, &status) == 0 else {
            switch errno {
            case ENOENT, ENOTDIR:
                return OperatorError(
                    "there is no control socket at \(path): the daemon does not run or the socket is elsewhere",
                    hint: "systemctl status posyandud; --socket PATH"
                )
            case EACCES: return refused(path)
            default: return OperatorError("\(path): \(String(cString: strerror(errno)))", hint: "--socket PATH")
            }
        }
        guard status.st_mode & S_IFMT == S_IFSOCK else {
            return OperatorError("\(path) is not a socket", hint: "--socket PATH")
        }
        guard access(path, W_OK) == 0 else { return refused(path) }
        return OperatorError(
            "nobody listens at \(path): the daemon does not run, or has just stopped",
            hint: "systemctl status posyandud"
        )
    }

    private static func refused(_ path: String) -> OperatorError {
        OperatorError(
            "you may not use the control socket at \(path)",
            hint: "run as root, or join the group named in `control.group` of posyandud.yaml"
        )
    }
}
