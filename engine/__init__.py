"""What turns behind `monitor.py`: cycles, requests, reconciliation, supervision."""
