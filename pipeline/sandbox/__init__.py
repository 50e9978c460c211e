"""The service, played on loopback by the contract: places no call, remembers every one, fails on request."""
