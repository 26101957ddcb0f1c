"""What Streamlit runs for each viewer."""

from app_pages.shell import run

run()
