"""The interview room: questions, quotes, marks and ratings of one rater."""
