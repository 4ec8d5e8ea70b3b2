"""The bytes of messages, pure: what comes in, what goes out, headers, fingerprints."""
