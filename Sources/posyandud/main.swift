import Hummingbird
import Yams
import ArgumentParser
import Crypto
import ServiceLifecycle
print("stub")
