"""Reports: the wording, and the Word document with its charts."""
